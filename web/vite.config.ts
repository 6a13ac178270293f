import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// The citizen window: dist/index.html and dist/assets/*. Addresses are relative, so a portal may serve it under any path.
export default defineConfig({
  plugins: [vue()],
  base: './',
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false' },
  build: {
    target: ['es2020', 'chrome87', 'safari14', 'firefox78'],
    // Never inline files as data: addresses: the server's Content-Security-Policy allows 'self' only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true } } },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
})
