/** The launcher's look. `:host` is reset with !important: inside a shadow tree that beats the portal's own rules. */
export const STYLE = `
:host { all: initial !important; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.box { position: fixed; z-index: 2147483000; bottom: var(--bottom); right: 24px;
  font: 16px/1.5 system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; color: #16292f; }
.box.left { right: auto; left: 24px; }
button { font: inherit; cursor: pointer; border: 0; margin: 0; }
button:focus-visible { outline: 3px solid #b45309; outline-offset: 2px; }
svg { width: 24px; height: 24px; flex: none; fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.launcher { position: relative; display: flex; align-items: center; gap: 8px; min-height: 56px; padding: 8px 20px;
  border-radius: 28px; background: var(--color); color: var(--on-color); font-weight: 600; border: 2px solid #fff;
  box-shadow: 0 4px 16px rgba(0, 0, 0, .28); margin-left: auto; }
.left .launcher { margin-left: 0; }
.badge { min-width: 24px; padding: 0 7px; border-radius: 12px; background: #a3201c; color: #fff; font-size: 14px; line-height: 24px; text-align: center; }
.panel { display: grid; grid-template-rows: auto minmax(0, 1fr); width: min(420px, calc(100vw - 48px));
  height: min(700px, calc(100vh - var(--bottom) - 104px)); margin-bottom: 12px; overflow: hidden; border-radius: 16px;
  background: #fff; border: 1px solid #6d868e; box-shadow: 0 12px 40px rgba(0, 0, 0, .3); }
.bar { display: flex; align-items: center; justify-content: space-between; padding: 2px 4px 2px 16px; background: var(--color); color: var(--on-color); }
.title { font-size: 17px; }
.close { display: grid; place-items: center; width: 48px; height: 48px; border-radius: 24px; background: none; color: inherit; }
.bar button:focus-visible { outline-color: currentColor; outline-offset: -4px; }
.frame { display: block; width: 100%; height: 100%; border: 0; background: #f1f5f6; color-scheme: light; }
@media (max-width: 520px), (max-height: 560px) {
  .panel { position: fixed; inset: 0; z-index: 1; width: 100vw; height: 100vh; height: 100dvh; margin: 0; border: 0; border-radius: 0; }
}
`
