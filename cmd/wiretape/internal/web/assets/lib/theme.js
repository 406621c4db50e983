// Light, dark, or what the system says.
import {effect} from "../vendor/preact.js";
import {pref} from "./store.js";

/** "system", "light" or "dark". */
export const theme = pref("theme", "system");

/** Keeps the root element in step with the choice. */
export function startTheme() {
	effect(() => {
		document.documentElement.dataset.theme = theme.value;
	});
}

/** Goes on to the next of the three. */
export function nextTheme() {
	const all = ["system", "light", "dark"];
	theme.value = all[(all.indexOf(theme.value) + 1) % all.length];
}
