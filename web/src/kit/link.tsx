import { Anchor, type AnchorProps } from '@mantine/core';
import { createLink, type LinkComponent } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

type Props = AnchorProps &
  Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps> & { readonly ref?: Ref<HTMLAnchorElement> };

const Base = (props: Props) => <Anchor size="sm" inherit {...props} />;

/** A link of the kit that the router follows. */
export const Link: LinkComponent<typeof Base> = createLink(Base);
