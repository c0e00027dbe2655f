// Reads texts as JSON lines, answers each with what parse-otp-message takes for its code; after
// an empty line it says how many texts it reads in a second.
const parse = require(process.argv[2] + "/node_modules/parse-otp-message");
const lines = require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean);
const texts = lines.map((line) => JSON.parse(line));
const codes = texts.map((text) => (parse(text) || {}).code || null);
const until = process.hrtime.bigint() + BigInt(process.argv[3]) * 1000000000n;
const began = process.hrtime.bigint();
let read = 0;
do {
  for (const text of texts) parse(text);
  read += texts.length;
} while (process.hrtime.bigint() < until);
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
console.log(JSON.stringify({ codes, per_s: read / seconds }));
