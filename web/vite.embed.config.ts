import { defineConfig } from 'vite'

// dist/embed.js: one classic script, wrapped, that leaves no name behind in the portal's page.
export default defineConfig({
  publicDir: false,
  build: {
    target: ['es2020', 'chrome87', 'safari14', 'firefox78'],
    emptyOutDir: false,
    lib: { entry: 'embed/embed.ts', formats: ['iife'], name: 'HuiChuangEmbed', fileName: () => 'embed.js' },
    rollupOptions: { output: { extend: false } },
  },
})
