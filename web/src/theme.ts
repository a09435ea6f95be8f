import { Button, createTheme, Modal, type CSSVariablesResolver } from '@mantine/core';

/** Dense and calm: small type, little colour; colour is for what a person should look at. */
export const theme = createTheme({
  primaryColor: 'indigo',
  respectReducedMotion: true,
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'sm',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace:
    'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace',
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '1.25rem' }, h2: { fontSize: '1rem' }, h3: { fontSize: '0.875rem' } },
  },
  components: {
    Button: Button.extend({ defaultProps: { size: 'xs', fw: 500 } }),
    Modal: Modal.extend({ defaultProps: { centered: true, closeButtonProps: { 'aria-label': 'Close' } } }),
  },
});

/** The kit's dimmed grey is too faint to be read by everybody (WCAG 2.2, 1.4.3). */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#56606b',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-placeholder': '#6b747d',
  },
  dark: {
    '--mantine-color-dimmed': '#a3a9b0',
    '--mantine-color-anchor': '#91a7ff',
    '--mantine-color-error': '#ff8787',
    '--mantine-color-placeholder': '#9097a0',
  },
});
