// Faults of a mock: picked from a list, or written as wiretape replay --fault
// takes them.
import {html, useState} from "../vendor/preact.js";
import {Icon} from "../lib/icon.js";

/** What each fault does, and its main value. @type {[string, string, string, string][]} name, words, name of the value, its initial */
const KINDS = [
	["close", "a close frame", "code", "1012"],
	["fin", "ends without one, by FIN", "", ""],
	["reset", "ends by RST", "", ""],
	["stall", "says nothing any more", "for", "5s"],
	["mute", "does not answer pings", "", ""],
	["delay", "messages are late", "by", "200ms"],
	["throttle", "bytes go out slowly", "bytes/s", "1000"],
	["truncate", "a message is cut", "to bytes", "20"],
	["corrupt", "one byte is another", "byte", ""],
	["duplicate", "a message comes twice", "", ""],
	["reorder", "two messages change places", "", ""],
	["refuse", "the connection is not accepted", "status", "503"],
];

/** @param {{value: string[], onInput: (specs: string[]) => void}} props */
export function Faults({value, onInput}) {
	const [kind, pick] = useState("close");
	const [main, setMain] = useState("1012");
	const [after, setAfter] = useState("");
	const [times, setTimes] = useState("");
	const [, , named, first] = KINDS.find(([name]) => name === kind) ?? KINDS[0];
	const spec = kind + (named && main ? ":" + main : "") + [after && "after=" + after, times && "times=" + times].filter(Boolean).map((c, i) => (i ? "," : "@") + c).join("");
	const choose = (name) => {
		pick(name);
		setMain(KINDS.find(([k]) => k === name)?.[3] ?? "");
	};
	return html`<fieldset class="faults"><legend>Faults</legend>
		${value.map((spec, i) => html`<div class="row" key=${i}><input class="grow mono" aria-label=${`Fault ${i + 1}`} value=${spec} onInput=${(e) => onInput(value.map((v, j) => (i === j ? e.target.value : v)))}/>
			<button type="button" class="icon" aria-label=${`Remove fault ${i + 1}`} onClick=${() => onInput(value.filter((_, j) => j !== i))}><${Icon} name="trash"/></button></div>`)}
		<div class="row">
			<select aria-label="Fault" value=${kind} onChange=${(e) => choose(e.target.value)}>${KINDS.map(([name, words]) => html`<option value=${name}>${name}: ${words}</option>`)}</select>
			${named && html`<label class="inline">${named} <input class="short" value=${main} placeholder=${first} onInput=${(e) => setMain(e.target.value)}/></label>`}
			<label class="inline">after message <input class="short" value=${after} placeholder="any" onInput=${(e) => setAfter(e.target.value.replace(/\D/g, ""))}/></label>
			<label class="inline">times <input class="short" value=${times} placeholder="∞" onInput=${(e) => setTimes(e.target.value.replace(/\D/g, ""))}/></label>
			<button type="button" onClick=${() => onInput([...value, spec])}><${Icon} name="plus"/>Add <code>${spec}</code></button>
		</div>
	</fieldset>`;
}
