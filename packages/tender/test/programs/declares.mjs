// Declares the devices that its arguments name (`net:service`, `block:disk`) and says what it got.
import { block, net, print, programArguments, run } from "miou-solo5";

const words = programArguments().filter((argument) => !argument.startsWith("--"));
const devices = words.map((argument) => {
  const [kind, name] = argument.split(":");
  return kind === "net" ? net(name) : block(name);
});
const hexadecimal = (bytes) =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
await run(devices, function* main(...acquired) {
  for (const device of acquired) {
    if ("mtu" in device) print(`net ${device.name} ${hexadecimal(device.mac)} ${device.mtu}\n`);
    else print(`block ${device.name} ${device.capacity} ${device.pageSize}\n`);
  }
});
