/**
 * The frame's name, DOMAIN|PROTOCOL|APP_SID (contract, section 1). As in the library a trailing `:80` or `:443` of the
 * domain is dropped, whatever the protocol.
 *
 * @returns {{ origin: string, sid: string } | null} the portal's origin, and the name of this frame's messages; null
 *   where no portal has opened the page
 */
export function frameName() {
  const [, domain, protocol, sid] = /^([^|]+)\|([01])\|(.+)$/.exec(window.name) ?? [];
  if (!sid) return null;
  return {
    origin: new URL(`${protocol === "1" ? "https" : "http"}://${domain.replace(/:(80|443)$/, "")}`).origin,
    sid,
  };
}
