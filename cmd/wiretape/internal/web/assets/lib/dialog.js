// A modal dialog: the browser's own, which keeps the focus inside and gives it
// back.
import {html, useId, useLayoutEffect, useRef} from "../vendor/preact.js";
import {Icon} from "./icon.js";

/**
 * @param {{title: string, onClose: () => void, children?: any, actions?: any, wide?: boolean, class?: string}} props
 *   actions: the buttons at the foot
 */
export function Dialog({title, onClose, children, actions, wide, class: cls = ""}) {
	const ref = useRef(/** @type {HTMLDialogElement|null} */ (null));
	const id = useId();
	useLayoutEffect(() => { // at once: what is typed next is for the dialog
		const d = ref.current;
		d?.showModal();
		return () => d?.close();
	}, []);
	const outside = (e) => e.target === ref.current && onClose();
	return html`<dialog ref=${ref} class=${`dialog ${wide ? "wide" : ""} ${cls}`} aria-labelledby=${id}
			onCancel=${(e) => { e.preventDefault(); onClose(); }} onMouseDown=${outside}>
		<div class="dialog-box">
			<header><h2 id=${id}>${title}</h2><button class="icon" aria-label="Close" onClick=${onClose}><${Icon} name="x"/></button></header>
			<div class="dialog-body">${children}</div>
			${actions && html`<footer>${actions}</footer>`}
		</div>
	</dialog>`;
}
