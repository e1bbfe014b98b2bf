// `solo5-node tap create` and `tap delete`.
import { BindingsError, tapCreate, tapDelete } from "@miou-solo5/bindings";
import type { TapCreateCommand } from "./command.ts";
import { holders } from "./holders.ts";

/** Makes a TAP interface; gives why that failed, or undefined. */
export function tapCreateFault(command: TapCreateCommand): string | undefined {
  const { name, address, mtu, user } = command;
  return faultOf(name, () =>
    tapCreate({
      name,
      ...(address === undefined ? {} : { address }),
      ...(mtu === undefined ? {} : { mtu }),
      ...(user === undefined ? {} : { owner: user }),
    }),
  );
}

/** Deletes a TAP interface; gives why that failed, or undefined. */
export function tapDeleteFault(name: string): string | undefined {
  return faultOf(name, () => tapDelete(name));
}

function faultOf(name: string, action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (!(error instanceof BindingsError)) throw error;
    switch (error.code) {
      case "ERR_SOLO5_INTERFACE_EXISTS":
        return `${error.message}; \`solo5-node tap delete ${name}\` deletes it if it is a TAP`;
      case "ERR_SOLO5_BUSY": {
        const found = holders(name);
        return found.length === 0 ? error.message : `${error.message}: ${found.join(", ")}`;
      }
      default:
        return error.message;
    }
  }
}
