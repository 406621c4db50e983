// The filter bar: one text field in the filter language of the command line,
// completed by the server. Accepted terms become chips that can be taken back
// into the field.
import {html, useEffect, useId, useRef, useState} from "../vendor/preact.js";
import {api, query} from "./api.js";
import {useAway} from "./away.js";
import {Icon} from "./icon.js";
import {pref} from "./store.js";
import {shortCount} from "./units.js";

const QUIET = 250; // ms without typing before the filter is tried

/**
 * Cuts a filter into terms that stand side by side. What holds "or" or does not
 * close stays whole.
 * @param {string} text @returns {string[]}
 */
export function terms(text) {
	const out = [];
	let term = "", quote = "", depth = 0;
	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		if (quote) {
			term += c;
			if (c === "\\") term += text[++i] ?? "";
			else if (c === quote) quote = "";
			continue;
		}
		if (c === '"' || c === "'" || (c === "/" && (term === "" || term.endsWith("~")))) quote = c;
		if ("([".includes(c)) depth++;
		if (")]".includes(c)) depth--;
		if (/\s/.test(c) && depth === 0) {
			if (term) out.push(term);
			term = "";
		} else term += c;
	}
	if (term) out.push(term);
	const whole = text.trim();
	if (quote || depth !== 0 || out.some((t) => /^(or|not|and|!)$/i.test(t))) return whole ? [whole] : [];
	return out;
}

/** @param {string[]} list joined so that each holds */
export function join(list) {
	const some = list.filter(Boolean);
	return some.map((t) => (some.length > 1 && /\sor\s/i.test(t) && !/^\(.*\)$/.test(t) ? `(${t})` : t)).join(" ");
}

/** Whether two terms are about the same thing and replace each other. @param {string} term */
const field = (term) => /^!?[\w$.]+(?=[:=~<>])/.exec(term)?.[0] ?? term;

/**
 * @param {{value: string, onFilter: (text: string) => void, scope: "exchanges"|"rows", label: string, placeholder: string,
 *   quick?: {label: string, term: string, icon?: string}[], error?: any, control?: {current: any}, busy?: boolean}} props
 */
export function FilterBar({value, onFilter, scope, label, placeholder, quick = [], error, control, busy}) {
	const [chips, setChips] = useState(() => terms(value));
	const [text, setText] = useState("");
	const [offered, offer] = useState(/** @type {any} */ ({items: [], at: -1, error: null}));
	const input = useRef(/** @type {HTMLInputElement|null} */ (null));
	const said = useRef(value);
	const asked = useRef(0);
	const id = useId();

	useEffect(() => {
		if (value === said.current) return; // changed from outside: by a link or going back
		said.current = value;
		setChips(terms(value));
		setText("");
	}, [value]);
	useEffect(() => {
		if (control) control.current = {focus: () => input.current?.select(), add, toggle};
	});

	const apply = (list, rest = "") => {
		const next = join([...list, rest.trim()]);
		if (next === said.current) return;
		said.current = next;
		onFilter(next);
	};
	const commit = (whole = text) => {
		const list = [...chips, ...terms(whole)];
		setChips(list);
		setText("");
		offer({items: [], at: -1, error: null});
		apply(list);
	};
	const remove = (i) => {
		const list = chips.filter((_, at) => at !== i);
		setChips(list);
		apply(list, text);
	};
	function add(term) {
		const list = [...chips.filter((c) => field(c) !== field(term)), term];
		setChips(list);
		apply(list, text);
	}
	function toggle(term) {
		chips.includes(term) ? remove(chips.indexOf(term)) : add(term);
	}
	const edit = (i) => {
		setText(join([chips[i], text]));
		setChips(chips.filter((_, at) => at !== i));
		input.current?.focus();
	};

	// Completion and the check of what is typed are one question to the server.
	useEffect(() => {
		const mine = ++asked.current;
		const timer = setTimeout(async () => {
			if (document.activeElement !== input.current && !text) return;
			const pos = input.current?.selectionStart ?? text.length;
			try {
				const answer = await api.get("/filter/complete" + query({text: text || " ", pos, scope}));
				if (mine !== asked.current) return;
				offer({items: (text ? answer.items : []) ?? [], at: -1, error: text ? answer.error ?? null : null});
				if (!answer.error) apply(chips, text);
			} catch {
				if (mine === asked.current) apply(chips, text);
			}
		}, QUIET);
		return () => clearTimeout(timer);
	}, [text]);

	const accept = (item) => {
		const pos = input.current?.selectionStart ?? text.length;
		const next = text.slice(0, item.from ?? pos) + item.insert + text.slice(pos);
		setText(next);
		input.current?.focus();
	};
	const onKey = (e) => {
		const {items, at} = offered;
		if (e.key === "ArrowDown" && items.length) offer({...offered, at: (at + 1) % items.length});
		else if (e.key === "ArrowUp" && items.length) offer({...offered, at: (at + items.length) % (items.length + 1) - 1});
		else if (e.key === "Tab" && !e.shiftKey && items.length && text) accept(items[Math.max(at, 0)]);
		else if (e.key === "Enter") at >= 0 ? accept(items[at]) : commit();
		else if (e.key === "Backspace" && text === "" && chips.length > 0) edit(chips.length - 1);
		else if (e.key === "Escape") items.length ? offer({...offered, items: [], at: -1}) : input.current?.blur();
		else return;
		e.preventDefault();
	};
	const wrong = offered.error ?? (error?.at !== undefined ? error : null);
	const open = offered.items.length > 0;
	return html`<div class="filterbar">
		<div class=${"filterbox" + (wrong ? " wrong" : "")} onClick=${(e) => e.target === e.currentTarget && input.current?.focus()}>
			<${Icon} name="filter" class="muted"/>
			${chips.map((c, i) => html`<span class="chip" key=${c + i}><button class="chip-text mono" title="Edit" onClick=${() => edit(i)}>${c}</button><button class="chip-x" aria-label=${`Remove ${c}`} onClick=${() => remove(i)}><${Icon} name="x"/></button></span>`)}
			<input ref=${input} class="mono" role="combobox" aria-expanded=${open ? "true" : "false"} aria-controls=${id} aria-label=${label} aria-invalid=${wrong ? "true" : undefined}
				aria-activedescendant=${offered.at >= 0 ? `${id}-${offered.at}` : undefined} autocomplete="off" autocapitalize="off" spellcheck=${false}
				placeholder=${chips.length ? "" : placeholder} value=${text} onInput=${(e) => setText(e.target.value)} onKeyDown=${onKey}
				onBlur=${() => setTimeout(() => offer((o) => ({...o, items: [], at: -1})), 150)}/>
			${busy && html`<span class="muted">scanning …</span>`}
			${(chips.length > 0 || text) && html`<button class="icon" aria-label="Clear the filter" onClick=${() => { setChips([]); setText(""); apply([]); input.current?.focus(); }}><${Icon} name="x"/></button>`}
			<${Saved} now=${join([...chips, text.trim()])} use=${(f) => { setChips(terms(f)); setText(""); apply(terms(f)); }}/>
		</div>
		${open && html`<ul class="plain suggestions" role="listbox" id=${id} aria-label="Completions">${offered.items.slice(0, 12).map((item, i) => html`
			<li role="option" id=${`${id}-${i}`} aria-selected=${i === offered.at ? "true" : "false"} onMouseDown=${(e) => { e.preventDefault(); accept(item); }}>
			<span class="mono">${item.insert}</span><span class="muted cut">${item.label !== item.insert ? item.label : ""}</span>${item.count !== undefined && html`<span class="muted num">${shortCount(item.count)}</span>`}</li>`)}</ul>`}
		${wrong && html`<div class="filter-error" role="alert">${wrong.at !== undefined && text ? html`<span class="mono" aria-hidden="true">${text.slice(0, wrong.at)}<u>${text.slice(wrong.at) || " "}</u></span> ` : ""}${wrong.message ?? wrong.detail}. The last result stays.</div>`}
		${quick.length > 0 && html`<div class="seg quick" role="group" aria-label="Quick filters">${quick.map((q) => html`
			<button aria-pressed=${chips.includes(q.term) ? "true" : "false"} onClick=${() => toggle(q.term)}>${q.label}</button>`)}</div>`}
	</div>`;
}

/** Filters kept under this browser's settings. @param {{now: string, use: (filter: string) => void}} props */
function Saved({now, use}) {
	const saved = pref("filters", /** @type {string[]} */ ([]));
	const [open, show] = useState(false);
	const box = useRef(/** @type {HTMLElement|null} */ (null));
	useAway(box, () => show(false), open);
	if (!now && saved.value.length === 0) return null;
	const known = saved.value.includes(now);
	return html`<span class="saved" ref=${box} onKeyDown=${(e) => e.key === "Escape" && show(false)}><button class="icon" aria-label="Saved filters" title="Saved filters" aria-expanded=${open ? "true" : "false"} onClick=${() => show(!open)}><${Icon} name="pin"/></button>
		${open && html`<div class="menu under" role="group" aria-label="Saved filters">
			${now && html`<button onClick=${() => { saved.value = known ? saved.value.filter((f) => f !== now) : [...saved.value, now]; show(false); }}><${Icon} name=${known ? "trash" : "plus"}/>${known ? "Forget this filter" : "Keep this filter"}</button>`}
			${saved.value.map((f) => html`<button class="mono" onClick=${() => { use(f); show(false); }}>${f}</button>`)}
		</div>`}</span>`;
}
