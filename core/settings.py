"""Settings: environment (`HUICHUANG_*`) beats `.env` beats defaults; an unknown or malformed key stops the start.

`DATABASE_URL` is read without the prefix, as every hosting platform sets it so. `docs/settings.md` lists every key;
a test keeps that list complete.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import Misuse

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "HUICHUANG_"
Role = Literal["web", "worker", "dialogue", "media"]


class Settings(BaseSettings):
    """Everything that may differ between two installations."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ROOT / ".env", env_file_encoding="utf-8", extra="forbid", frozen=True
    )

    demo: bool = Field(default=False, description="演示模式：装入演示数据与演示账号；正式环境必须关闭")
    database_url: SecretStr = Field(
        default=SecretStr(""),
        validation_alias="DATABASE_URL",
        description="PostgreSQL 地址；不填则使用内置 PostgreSQL（数据在 state_dir 下）",
    )
    database_pool: int = Field(default=10, ge=1, le=200, description="每个进程的数据库连接数上限")
    state_dir: Path = Field(default=ROOT / "var", description="运行数据目录：内置数据库、密钥文件、模型、日志")
    host: str = Field(default="127.0.0.1", description="网页与接口监听的地址")
    port: int = Field(default=8080, ge=1, le=65535, description="网页与接口监听的端口")
    public_url: str = Field(default="", description="市民访问本系统用的网址；不填为 http://host:port")
    allowed_origins: str = Field(
        default="", description="允许嵌入窗口或跨域调用接口的网站来源，逗号分隔，如 https://www.example.gov.cn"
    )
    trusted_proxies: int = Field(default=0, ge=0, le=5, description="前面有几层可信的反向代理（决定取哪个来访地址）")
    internal_token: SecretStr = Field(
        default=SecretStr(""), description="本机各角色之间互相证明身份的口令；不填则首次启动时随机生成并存入 state_dir"
    )
    data_key: SecretStr = Field(
        default=SecretStr(""),
        description="个人信息加密密钥（64 位十六进制）；不填则首次启动时随机生成并存入 state_dir，请妥善备份",
    )
    rasa_host: str = Field(default="127.0.0.1", description="对话服务（Rasa）的地址，只应是本机或内网地址")
    rasa_port: int = Field(default=5005, ge=1, le=65535, description="对话服务（Rasa）的端口")
    rasa_timeout: float = Field(default=2.0, gt=0, le=10, description="等待对话服务的秒数，超过即改用知识库直接回答")
    encoder: str = Field(default="builtin", description="编码器：builtin，或一个本地目录/模型名（transformers）")
    articles_dir: str = Field(
        default="", description="法条索引的文件夹（python -m knowledge articles build 建立）；空则不用法条原文"
    )
    city_name: str = Field(default="杭州市", description="所在城市名称，用于问候语")
    region: str = Field(
        default="330100", pattern=r"^\d{6}$", description="所在城市的行政区划代码，决定适用哪些地方规定"
    )
    service_hours: str = Field(
        default="09:00-12:00,13:30-17:30", description="人工服务时段，逗号分隔；周末与法定节假日（含调休）自动处理"
    )
    hotline: str = Field(default="12345", description="人工不在时告诉市民的电话")
    rate_per_minute: int = Field(default=15, ge=1, le=600, description="每位市民每分钟最多发几条消息")
    conversations_per_minute: int = Field(default=20, ge=1, le=6000, description="每个来访地址每分钟最多新建几个会话")
    session_hours: int = Field(default=24, ge=1, le=720, description="会话令牌的有效小时数")
    session_idle_minutes: int = Field(default=30, ge=1, le=1440, description="多久没说话后，对话上下文重新开始")
    reword_url: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="改写答复的大模型接口（OpenAI 兼容，如 http://127.0.0.1:8000/v1）；不填则不用，答复照原文",
    )
    reword_model: str = Field(default="", description="改写用的模型名称")
    reword_key: SecretStr = Field(default=SecretStr(""), description="改写接口的密钥")
    reword_timeout: float = Field(default=3.0, gt=0, le=10, description="等待改写的秒数，超过即说原文")
    staff_idle_minutes: int = Field(default=30, ge=5, le=480, description="工作人员多久没有操作就要重新登录（分钟）")
    staff_session_hours: int = Field(default=12, ge=1, le=24, description="工作人员一次登录最多有效的小时数")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="日志级别")

    @property
    def base_url(self) -> str:
        """The address citizens use."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def origins(self) -> tuple[str, ...]:
        """Other sites that may call us from a browser."""
        return tuple(item.strip().rstrip("/") for item in self.allowed_origins.split(",") if item.strip())


def load() -> Settings:
    """Read the settings once; raises Misuse with a sentence naming every wrong key."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(key for key in os.environ if key.startswith(PREFIX) and key not in known)
    if unknown:
        raise Misuse("bad_settings", f"环境变量不认识：{', '.join(unknown)}（见 docs/settings.md）")
    try:
        return Settings()
    except ValidationError as error:
        wrong = "；".join(f"{'.'.join(map(str, item['loc']))}：{item['msg']}" for item in error.errors())
        raise Misuse("bad_settings", f"设置有误：{wrong}（见 docs/settings.md）") from None
