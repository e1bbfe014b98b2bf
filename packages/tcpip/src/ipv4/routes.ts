// Where a packet goes first: straight to its target, or to a gateway.
import { TcpipError } from "../errors.ts";
import {
  BROADCAST,
  formatIpv4,
  hostMaskOf,
  isHost,
  type Place,
  parseIpv4,
  parsePrefix,
} from "./address.ts";

/** Packets to the network `to` (`10.1.0.0/16`) go to the gateway `via`. */
export interface RouteOptions {
  readonly to: string;
  readonly via: string;
}

interface Route {
  readonly network: number;
  readonly hostMask: number;
  readonly gateway: number;
}

/** @see RFC 1122, section 3.3.1 */
export class Routes {
  readonly place: Place;
  /** The longest prefix first; the default route is the last. */
  readonly #routes: readonly Route[];

  /**
   * Shape: `gateway` is the default route's, null for none.
   * @throws {TcpipError} ERR_SOLO5_INVALID_ARGUMENT for what is no address, and a gateway that is not on the link
   */
  constructor(place: Place, gateway: string | null, routes: readonly RouteOptions[] = []) {
    this.place = place;
    const all = gateway === null ? routes : [...routes, { to: "0.0.0.0/0", via: gateway }];
    this.#routes = all
      .map(({ to, via }) => {
        const { address, prefix } = parsePrefix(to);
        const hostMask = hostMaskOf(prefix);
        return { prefix, hostMask, network: address & ~hostMask, gateway: this.#gateway(via) };
      })
      .sort((a, b) => b.prefix - a.prefix);
  }

  /** Whether somebody on our link can have `address`: a host of our network, or a gateway. */
  isOnLink(address: number): boolean {
    const { place } = this;
    if (((address ^ place.network) & ~place.hostMask) === 0) return this.isHostHere(address);
    return this.isGateway(address);
  }

  isGateway(address: number): boolean {
    return this.#routes.some(({ gateway }) => gateway === address);
  }

  /**
   * Who gets a packet to `target` first: the target itself, a gateway, or BROADCAST where everybody on the link does.
   * Null where no route leads there, and for groups.
   */
  nextHop(target: number): number | null {
    const { place } = this;
    if (this.isBroadcast(target)) return BROADCAST;
    if (!this.isHostHere(target)) return null;
    if (((target ^ place.network) & ~place.hostMask) === 0) return target;
    for (const { network, hostMask, gateway } of this.#routes) {
      if (((target ^ network) & ~hostMask) === 0) return gateway;
    }
    return null;
  }

  /** Whether `address` is everybody on our link. */
  isBroadcast(address: number): boolean {
    const { place } = this;
    return address === BROADCAST || (address === place.broadcast && place.prefix < 31);
  }

  /** Whether `address` is one host's other than us, as far as can be seen from here. */
  isHostHere(address: number): boolean {
    const { place } = this;
    if (!isHost(address) || address === place.address) return false;
    return place.prefix >= 31 || (address !== place.broadcast && address !== place.network);
  }

  #gateway(text: string): number {
    const { place } = this;
    const gateway = parseIpv4(text);
    // With /32 we have no neighbours by prefix: then the gateway is one because we are told so.
    const isNeighbour = place.prefix === 32 || ((gateway ^ place.network) & ~place.hostMask) === 0;
    if (isNeighbour && this.isHostHere(gateway)) return gateway;
    throw new TcpipError(
      "ERR_SOLO5_INVALID_ARGUMENT",
      `a gateway is another host of the network ${formatIpv4(place.network)}/${place.prefix}, got ${text}`,
    );
  }
}
