// Persistent TAP interfaces, made and deleted on behalf of a person.
import { addon } from "./addon.ts";
import { wrongArgument } from "./errors.ts";
import { regarding } from "./faults.ts";

export interface TapOptions {
  /** 1 to 15 bytes. */
  readonly name: string;
  /** The kernel's own address on the link, "10.0.0.1/24" or "fd00::1/64". Default: none. */
  readonly address?: string;
  /** Payload bytes of a frame, without the Ethernet header; 68 to 65521. Default: the kernel's, 1500. */
  readonly mtu?: number;
  /** The user who may attach it without further rights: a name or a number. Default: the one who makes it. */
  readonly owner?: string | number;
}

/**
 * Makes a persistent TAP interface in the calling thread's network namespace and brings it up.
 * Needs root or CAP_NET_ADMIN there. A failure leaves no interface behind.
 *
 * @throws {BindingsError} ERR_SOLO5_INVALID_ARGUMENT; ERR_SOLO5_INTERFACE_EXISTS;
 * ERR_SOLO5_NO_PERMISSION; ERR_SOLO5_NO_TUN; ERR_SOLO5_IO.
 * @see Linux Documentation/networking/tuntap.rst
 */
export function tapCreate(options: TapOptions): void {
  if (typeof options !== "object" || options === null) {
    throw wrongArgument("tapCreate takes { name, address, mtu, owner }", options);
  }
  const { name, address, mtu, owner } = options;
  checkName(name);
  if (address !== undefined && !isText(address)) {
    throw wrongArgument('an address has the form "10.0.0.1/24" or "fd00::1/64"', address);
  }
  if (mtu !== undefined && !(Number.isSafeInteger(mtu) && mtu >= 68 && mtu <= 65521)) {
    throw wrongArgument("the MTU of a TAP is 68 to 65521 bytes", mtu);
  }
  const isUser =
    typeof owner === "number" ? Number.isSafeInteger(owner) && owner >= 0 : isText(owner);
  if (owner !== undefined && !isUser) {
    throw wrongArgument("the owner must be the name or the number of a user", owner);
  }
  const user = owner === undefined ? "" : String(owner);
  regarding({ title: `tap create ${name}`, interface: name, address, owner: user }, () =>
    addon().tapCreate(name, address ?? "", mtu ?? 0, user),
  );
}

/**
 * Deletes a persistent TAP interface that nobody has attached. Its owner may, without further
 * rights.
 *
 * @throws {BindingsError} ERR_SOLO5_INVALID_ARGUMENT; ERR_SOLO5_NO_INTERFACE; ERR_SOLO5_NOT_A_TAP;
 * ERR_SOLO5_BUSY where it is attached; ERR_SOLO5_NO_PERMISSION; ERR_SOLO5_NO_TUN; ERR_SOLO5_IO.
 */
export function tapDelete(name: string): void {
  checkName(name);
  regarding({ title: `tap delete ${name}`, interface: name, deletes: true }, () =>
    addon().tapDelete(name),
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length < 256 && !value.includes("\0");
}

function checkName(name: unknown): void {
  if (!isText(name)) throw wrongArgument("an interface is named by 1 to 15 bytes", name);
}
