// Takes webhooks: checks the signature of Standard Webhooks and prints each SMS once.
// Run it with NUMMER_SECRET (what the webhook's page showed) in the environment.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

interface Sms {
  id: string;
  direction: "in" | "out";
  ours: string;
  theirs: string;
  text: string | null;
}

interface Told {
  type: string;
  timestamp: string;
  data: unknown;
}

const TOLERATED_S = 300; // an older call may be one that somebody kept
const secret = Buffer.from((process.env.NUMMER_SECRET ?? "").replace(/^whsec_/, ""), "base64");
const seen = new Set<string>(); // in a real program: a table with a unique id

function isGenuine(headers: IncomingHttpHeaders, body: Buffer): boolean {
  const id = String(headers["webhook-id"]);
  const at = String(headers["webhook-timestamp"]);
  if (!(Math.abs(Date.now() / 1000 - Number(at)) <= TOLERATED_S)) return false;
  const wanted = createHmac("sha256", secret).update(`${id}.${at}.`).update(body).digest();
  return String(headers["webhook-signature"])
    .split(" ")
    .map((each) => Buffer.from(each.replace(/^v1,/, ""), "base64"))
    .some((each) => each.length === wanted.length && timingSafeEqual(each, wanted));
}

function take(id: string, told: Told): void {
  if (seen.has(id)) return; // it came before: a retry, or a replay
  seen.add(id);
  if (told.type === "message.received") {
    const sms = told.data as Sms;
    console.log(`${sms.theirs}: ${sms.text ?? ""}`);
  } else {
    console.log(told.type);
  }
}

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const body = Buffer.concat(parts); // the octets as they came: the signature is over them
    if (!isGenuine(request.headers, body)) {
      response.writeHead(400).end();
      return;
    }
    take(String(request.headers["webhook-id"]), JSON.parse(body.toString("utf8")) as Told);
    response.writeHead(204).end(); // at once; do slow work afterwards
  });
});

server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  console.log(`listening on ${(server.address() as AddressInfo).port}`);
});
