// An SMSC by npm `smpp`, steered by JSON lines on stdin; says what happens by JSON lines on stdout.
const smpp = require("smpp");
const readline = require("readline");

const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const sessions = new Set();
let submitStatus = 0;
let answering = true;
let ids = 0;
const named = [];

const server = smpp.createServer({}, (session) => {
  session.on("error", () => {});
  session.on("close", () => { sessions.delete(session); say({ event: "closed" }); });
  session.on("bind_transceiver", (pdu) => {
    if (pdu.password !== "secret") {
      session.send(pdu.response({ command_status: smpp.ESME_RBINDFAIL }));
      return;
    }
    session.send(pdu.response({ system_id: "npm" }));
    sessions.add(session);
    say({ event: "bound", system_id: pdu.system_id });
  });
  session.on("submit_sm", (pdu) => {
    const message = pdu.short_message.message;
    ids += answering ? 1 : 0;
    const id = answering ? named.shift() || `npm-${ids}` : "";
    say({
      event: "submitted",
      id,
      to: pdu.destination_addr,
      from: pdu.source_addr,
      text: Buffer.isBuffer(message) ? message.toString("hex") : message,
      udh: (pdu.short_message.udh || []).map((element) => Buffer.from(element).toString("hex")),
      receipt: pdu.registered_delivery,
      coding: pdu.data_coding,
    });
    if (!answering) return;
    session.send(pdu.response({ command_status: submitStatus, message_id: id }));
  });
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => { session.send(pdu.response()); say({ event: "unbound" }); session.close(); });
});
server.listen(0, "127.0.0.1", () => say({ event: "listening", port: server.address().port }));

const verbs = {
  deliver({ fields, count }) {
    const [session] = sessions;
    for (let index = 0; index < (count || 1); index += 1) {
      session.deliver_sm(fields, (pdu) => say({ event: "answered", status: pdu.command_status }));
    }
  },
  data({ fields }) {
    const [session] = sessions;
    session.data_sm(fields, (pdu) => say({ event: "answered", status: pdu.command_status }));
  },
  name({ ids: given }) { named.push(...given); },
  destroy() { for (const session of sessions) session.destroy(); },
  answer({ status, silent }) { submitStatus = status || 0; answering = !silent; },
};
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  verbs[request.verb](request);
}).on("close", () => process.exit(0));
