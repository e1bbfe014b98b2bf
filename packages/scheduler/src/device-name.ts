// The names that devices may have, as in Solo5's manifest.

const DEVICE_NAME = /^[0-9A-Za-z]{1,67}$/;

/** Whether `name` is 1 to 67 letters and digits. */
export function isDeviceName(name: unknown): name is string {
  return typeof name === "string" && DEVICE_NAME.test(name);
}
