// What screen readers hear of changes nobody looks at.

const EVERY = 5_000; // one polite line in this time at the most

let last = 0;
let waiting = "";
/** @type {ReturnType<typeof setTimeout>|undefined} */
let timer;

/**
 * Says a line politely. Of many lines within five seconds the last is said.
 * @param {string} text
 */
export function announce(text) {
	waiting = text;
	if (timer) return;
	timer = setTimeout(say, Math.max(50, last + EVERY - Date.now()));
}

function say() {
	timer = undefined;
	last = Date.now();
	const region = document.getElementById("live");
	if (region) region.textContent = waiting;
}

/** Whether the person asked for less motion. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
