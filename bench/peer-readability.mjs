// Mozilla Readability on linkedom's tree over a list of pages: node peer-readability.mjs PAGES.jsonl DOCS.jsonl
//
// Prints the CPU of its calls alone, in ms.  A page at which it throws counts as empty.  Packages: bench/setup-peers.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";

const installed = createRequire(new URL("../build/peers/node/", import.meta.url));
const { Readability } = installed("@mozilla/readability");
const { parseHTML } = installed("linkedom");

function text(html) {
    try {
        return new Readability(parseHTML(html).document, { serializer: (article) => article.innerText }).parse()?.content ?? "";
    } catch {
        return ""; // whatever it cannot do is part of what is measured
    }
}

const [pages, docs] = process.argv.slice(2);
const todo = readFileSync(pages, "utf-8").trimEnd().split("\n").map((line) => JSON.parse(line));
const begin = process.cpuUsage();
const texts = todo.map(({ url, html }) => ({ text: text(html), url }));
const { user, system } = process.cpuUsage(begin);
writeFileSync(docs, texts.map((page) => JSON.stringify(page) + "\n").join(""));
console.log(((user + system) / 1000).toFixed(0));
