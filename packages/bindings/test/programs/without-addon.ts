// Opens a host with an addon that is not there or is none.
import { host } from "../../src/index.ts";

export function open(addon: string): { code: string; message: string } {
  process.env["MIOU_SOLO5_ADDON"] = addon;
  try {
    host();
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
  return { code: "none", message: "" };
}
