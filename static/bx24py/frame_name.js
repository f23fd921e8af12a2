/**
 * Parse the frame's name, DOMAIN|PROTOCOL|APP_SID (contract, section 1). Like the library, remove `:80` or `:443` from
 * the end of the domain for either protocol.
 *
 * @returns {{ origin: string, sid: string } | null} the portal's origin, and the APP_SID for this frame's messages; null
 *   if the page was opened outside a portal
 */
export function frameName() {
  const [, domain, protocol, sid] = /^([^|]+)\|([01])\|(.+)$/.exec(window.name) ?? [];
  if (!sid) return null;
  return {
    origin: new URL(`${protocol === "1" ? "https" : "http"}://${domain.replace(/:(80|443)$/, "")}`).origin,
    sid,
  };
}
