// Icons come from one sprite, drawn in the text's colour.
import {html} from "../vendor/preact.js";

/**
 * @param {{name: string, label?: string, class?: string}} props without a label
 *   it is decoration, and the word stands beside it
 */
export function Icon({name, label, class: cls = ""}) {
	return html`<svg class=${"i " + cls} width="16" height="16" role=${label ? "img" : undefined} aria-label=${label} aria-hidden=${label ? undefined : "true"}>
		<use href=${"/icons.svg#" + name}/>
	</svg>`;
}
