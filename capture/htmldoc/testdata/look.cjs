// Opens pages in chromium, wide and narrow, light and dark, and says what is
// wrong with them. Pictures are left beside each page.
const { chromium } = require("playwright-core");
const fs = require("fs");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

async function main() {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  for (const file of process.argv.slice(2)) {
    for (const [name, width, colorScheme] of [["wide", 1360, "light"], ["dark", 1360, "dark"], ["narrow", 360, "light"]]) {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      const say = (what) => console.log(`${file} ${name}: ${what}`);
      page.on("console", (m) => say(m.text()));
      page.on("dialog", (d) => { say("a dialog: " + d.message()); d.dismiss(); });
      page.on("request", (r) => { if (r.url() !== "file://" + file) say("asks for " + r.url()); });
      await page.goto("file://" + file);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (wide > 0) say(`is ${wide} pixels too wide`);
      if (name !== "narrow") {
        await page.evaluate(axe);
        for (const v of (await page.evaluate(() => axe.run())).violations) {
          say(`${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 120)).join(" | ")}`);
        }
      }
      const height = Math.min(6000, await page.evaluate(() => document.documentElement.scrollHeight));
      await page.screenshot({ path: file.replace(/\.html$/, `-${name}.png`), fullPage: true, clip: { x: 0, y: 0, width, height } });
      if (name === "wide") await page.pdf({ path: file.replace(/\.html$/, ".pdf") });
      await page.close();
    }
  }
  await browser.close();
}
main();
