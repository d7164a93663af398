// A parent like an Electron main process: spawns the agent, reads its pipe line by line, and tells what it saw and when.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
const seen = [];
let running = true;
child.on("exit", () => { running = false; });
for await (const line of createInterface({ input: child.stdout })) {
  seen.push({ event: JSON.parse(line), line, running });
}
const code = child.exitCode ?? (await new Promise((resolve) => child.on("exit", resolve)));
console.log(JSON.stringify({ code, seen }));
