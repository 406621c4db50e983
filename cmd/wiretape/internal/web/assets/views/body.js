// A body, in the same formats as a message.
import {html, useMemo, useState} from "../vendor/preact.js";
import {Icon} from "../lib/icon.js";
import {parse} from "../lib/jsontree.js";
import {toastError} from "../lib/toast.js";
import {bytes} from "../lib/units.js";
import {Lines} from "./lines.js";
import {copyPayload, save} from "./payload.js";
import {Picture, Preview} from "./preview.js";
import {Tree} from "./tree.js";

const names = {auto: "Formatted", tree: "Tree", preview: "Preview", image: "Image", text: "Text", hex: "Hex", base64: "Base64", raw: "Raw"};

/** @param {[string, string][]} headers */
const mediaType = (headers) => headers?.find(([k]) => /^content-type$/i.test(k))?.[1].split(";")[0].trim().toLowerCase() ?? "";

/** @param {{exchange: number, side: "request"|"response", part: any}} props part: request or response of `show --json` */
export function Body({exchange, side, part}) {
	const body = part.body;
	const type = mediaType(part.headers);
	const tree = useMemo(() => (body?.text && !body.cut ? parse(body.text) : null), [body?.text]);
	const image = /^image\/(png|jpeg|gif|webp|avif|bmp)$/.test(type);
	const list = /** @type {string[]} */ ([image && "image", tree?.items && "tree", "auto", type === "text/html" && "preview", "text", "hex", "base64", "raw"].filter(Boolean));
	const [picked, pick] = useState("");
	const as = picked || list[0];
	return html`<section class="card bodycard"><header><h2>Body</h2><span class="muted">${type} ${body.wire !== body.len ? bytes(body.wire) + " on the wire, " : ""}${bytes(body.len)}</span>
		<button class="icon" aria-label="Copy the body" title="Copy" onClick=${() => copyPayload(exchange, side)}><${Icon} name="copy"/></button>
		<button class="icon" aria-label="Save the body" title="Save" onClick=${() => save(exchange, side).catch(toastError)}><${Icon} name="download"/></button></header>
		<div class="formats seg" role="group" aria-label="Format">${list.map((f) => html`<button aria-pressed=${f === as ? "true" : "false"} onClick=${() => pick(f)}>${names[f]}</button>`)}</div>
		<div class="bodybox">${as === "image" ? html`<${Picture} exchange=${exchange} seq=${side} type=${type}/>`
		: as === "tree" ? html`<${Tree} root=${tree} fit=${560}/>`
			: as === "preview" ? html`<${Preview} exchange=${exchange} seq=${side}/>`
				: html`<${Lines} exchange=${exchange} seq=${side} level="messages" as=${as} fit=${560} key=${as}/>`}</div></section>`;
}
