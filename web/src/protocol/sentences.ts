/** Every sentence the window itself says about the conversation, in one reviewed place. */

export const SENTENCES = {
  expired: '上一段对话已过期。上面的内容还能看，您接着问，我们会开始新的对话。',
  expiredResend: '上一段对话已过期，已为您换到新的对话。上面的内容还能看，没发出的消息会在这里发出。',
  restarted: '以下是新的咨询',
  closedResend: '上一次咨询已结束，以下是新的咨询',
  slowDown: (seconds: number) => `您发得有点快，请稍等，${seconds} 秒后自动为您发出。`,
  busy: '系统有点忙，正在自动为您重试。',
  offline: '网络断开，正在自动重连。',
  unsent: (count: number) => `${count} 条消息没发出，已存好，连上自动发。`,
} as const
