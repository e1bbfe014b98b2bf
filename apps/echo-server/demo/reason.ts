// Why there is no TAP here, and what would help.

export interface Reason {
  readonly why: string;
  readonly help: string;
}

export function reasonFor(
  kind: "asked" | "platform" | "unshare-missing" | "namespace" | "tap" | "addon",
  detail: string,
): Reason {
  switch (kind) {
    case "asked":
      return { why: `${detail} asks for it`, help: `unset ${detail}` };
    case "platform":
      return {
        why: `TAP interfaces as used here exist on Linux only, this is ${detail}`,
        help: "Linux: any distribution, a virtual machine or WSL 2 will do",
      };
    case "unshare-missing":
      return {
        why: `network namespaces are made with \`unshare\`, which can't be started: ${detail}`,
        help: "install util-linux",
      };
    case "namespace":
      return {
        why: `this user may not make a network namespace: ${detail}`,
        help:
          "run as root (`sudo npm start`), or allow user namespaces " +
          "(`sudo sysctl kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0`; " +
          "whichever of the two exists); in a container: `--cap-add SYS_ADMIN --cap-add NET_ADMIN`",
      };
    case "tap":
      return {
        why: `a TAP interface can't be made: ${detail}`,
        help:
          "/dev/net/tun must exist (`sudo modprobe tun`; in a container `--device /dev/net/tun`) and be open to " +
          "this user (`sudo chmod 666 /dev/net/tun`, the default of most distributions; or `sudo npm start`)",
      };
    case "addon":
      return {
        why: `the native part is not built: ${detail}`,
        help: "install g++ (`apt install g++`)",
      };
  }
}

/** Whether what was looked for was not found. */
export function isReason<T extends object>(found: T | Reason): found is Reason {
  return "why" in found;
}
