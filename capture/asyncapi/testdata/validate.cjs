// Parses AsyncAPI documents as their readers do, and checks that the recorded
// examples fit the schemas. Prints what is wrong, one object a line.
const fs = require("fs");
const { Parser } = require("@asyncapi/parser");
const own = require("module").createRequire(require.resolve("@asyncapi/parser"));
const Ajv = own("ajv").default;
const formats = own("ajv-formats").default;

async function main() {
  for (const file of process.argv.slice(2)) {
    const { document, diagnostics } = await new Parser().parse(fs.readFileSync(file, "utf8"), { source: file });
    for (const d of diagnostics) {
      console.log(JSON.stringify({ file, severity: d.severity, code: d.code, message: d.message, path: d.path.join("/") }));
    }
    if (!document) {
      console.log(JSON.stringify({ file, severity: 0, code: "no document" }));
      continue;
    }
    let examples = 0;
    for (const message of document.allMessages()) {
      const ajv = new Ajv({ strict: false });
      formats(ajv);
      ajv.addFormat("binary", true);
      const valid = ajv.compile(JSON.parse(JSON.stringify(message.payload().json(), (k, v) => (k.startsWith("x-parser") ? undefined : v))));
      for (const example of message.examples()) {
        examples++;
        if (!valid(example.payload())) {
          console.log(JSON.stringify({ file, severity: 0, code: "example", path: message.id(), message: ajv.errorsText(valid.errors) }));
        }
      }
    }
    console.log(JSON.stringify({ file, channels: document.allChannels().length, operations: document.allOperations().length, messages: document.allMessages().length, examples }));
  }
}
main();
