// An ESME by npm `smpp`: binds to the port given, does what customers do, prints the answers.
const smpp = require("smpp");

const [port, systemId, password, mode] = process.argv.slice(2);
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const session = smpp.connect({ url: `smpp://127.0.0.1:${port}` });
session.on("error", (error) => { say({ event: "error", code: error.code }); process.exit(1); });
session.on("close", () => { say({ event: "closed" }); process.exit(0); });
session.on("connect", () => {
  session[`bind_${mode || "transceiver"}`]({ system_id: systemId, password }, (pdu) => {
    say({ event: "bind", status: pdu.command_status, system_id: pdu.system_id || "" });
    if (pdu.command_status !== 0) return;
    session.enquire_link((alive) => {
      say({ event: "enquire", status: alive.command_status });
      session.submit_sm(
        { destination_addr: "447700900111", short_message: "hello" },
        (answer) => {
          say({ event: "submit", status: answer.command_status });
          session.query_sm({ message_id: "1" }, (found) => {
            say({ event: "query", status: found.command_status });
            session.unbind(() => { say({ event: "unbind" }); session.close(); });
          });
        },
      );
    });
  });
});
