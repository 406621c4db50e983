// An editor: a textarea over the same text in colours. Input methods, undo and
// screen readers see a plain textarea.
import {html, useId, useLayoutEffect, useRef} from "../vendor/preact.js";
import {colored} from "./color.js";

const COLOR_UP_TO = 200 * 1024; // characters; more stays plain

/**
 * @param {{value: string, as?: string, onInput: (text: string) => void, error?: {message: string, line?: number, column?: number}|null,
 *   label: string, rows?: number, placeholder?: string, readOnly?: boolean, onKeyDown?: (e: KeyboardEvent) => void, single?: boolean}} props
 *   as: "json", "xml", "html", "js" or plain; error: underlined at its line
 */
export function Editor({value, as = "", onInput, error, label, rows = 6, placeholder, readOnly, onKeyDown, single}) {
	const area = useRef(/** @type {HTMLTextAreaElement|null} */ (null));
	const back = useRef(/** @type {HTMLElement|null} */ (null));
	const id = useId();
	const follow = () => {
		if (!area.current || !back.current) return;
		back.current.scrollTop = area.current.scrollTop;
		back.current.scrollLeft = area.current.scrollLeft;
	};
	useLayoutEffect(follow);
	const lines = error?.line ? value.split("\n") : null;
	return html`<div class=${"editor" + (error ? " wrong" : "") + (single ? " single" : "")}>
		<div class="editor-box">
			<pre class="editor-back" aria-hidden="true" ref=${back}>${lines
				? lines.map((line, i) => html`<span class=${i + 1 === error?.line ? "errline" : ""}>${colored(as, line)}${"\n"}</span>`)
				: value.length <= COLOR_UP_TO ? colored(as, value) : value}${"\n"}</pre>
			<textarea ref=${area} class="editor-text" rows=${single ? 1 : rows} aria-label=${label} aria-invalid=${error ? "true" : undefined}
				aria-describedby=${error ? id : undefined} spellcheck=${false} autocapitalize="off" autocomplete="off" wrap="off"
				placeholder=${placeholder} readOnly=${readOnly} value=${value} onScroll=${follow} onKeyDown=${onKeyDown}
				onInput=${(e) => onInput(single ? e.target.value.replaceAll("\n", " ") : e.target.value)}/>
		</div>
		${error && html`<div class="editor-error" id=${id}>${error.line ? `line ${error.line}${error.column ? ", column " + error.column : ""}: ` : ""}${error.message}</div>`}
	</div>`;
}
