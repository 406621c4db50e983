// The clipboard, with a word about what went there.
import {toast} from "./toast.js";

/**
 * @param {string} text
 * @param {string} [what] said when done
 */
export async function copyText(text, what = "Copied") {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		copyBySelection(text); // no permission, or an address that is not secure
	}
	toast(what);
}

/** @param {string} text */
function copyBySelection(text) {
	const area = document.createElement("textarea");
	area.value = text;
	area.className = "sr";
	const dialogs = document.querySelectorAll("dialog[open]");
	(dialogs[dialogs.length - 1] ?? document.body).append(area);
	area.select();
	document.execCommand("copy");
	area.remove();
}
