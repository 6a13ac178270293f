import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

// The staff site: dist/staff/staff.html and dist/staff/assets/*, served as /staff/. A build of its own, so that nothing
// of it (Element Plus above all) can slip into what a citizen downloads.
export default defineConfig({
  plugins: [vue()],
  base: './',
  publicDir: false,
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false' },
  build: {
    outDir: 'dist/staff',
    emptyOutDir: true,
    target: ['es2020', 'chrome87', 'safari14', 'firefox78'],
    // Never inline files as data: addresses: the server's Content-Security-Policy allows 'self' only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: 'staff.html' },
  },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8080' } } },
})
