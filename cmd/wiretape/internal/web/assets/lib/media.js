// Widths the views change their shape at.
import {signal} from "../vendor/preact.js";

/** @param {string} query */
function media(query) {
	const list = matchMedia(query);
	const now = signal(list.matches);
	list.addEventListener("change", () => (now.value = list.matches));
	return now;
}

/** A phone, or a window at 200 %. */
export const narrow = media("(max-width: 640px)");
/** Room for a pane at the right. */
export const roomy = media("(min-width: 1000px)");
