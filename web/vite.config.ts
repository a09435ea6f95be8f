import { defineConfig } from 'vite';

export default defineConfig({
  base: '/',
  // Filled in by the hub, with another one in each answer.
  html: { cspNonce: '__NONCE__' },
  build: {
    target: 'es2023',
    emptyOutDir: true,
    // Data URLs would need more of the policy; files are kept by the browser for good.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // The kit marks its files for frameworks that render on a server, which this is not.
      onLog: (level, log, handle) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
});
