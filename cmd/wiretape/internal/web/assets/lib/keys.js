// The keyboard: each view says what its keys do, "?" lists them, Ctrl+K finds
// them by name. Single letters can be switched off (WCAG 2.1.4).
import {signal, useEffect, useRef} from "../vendor/preact.js";
import {pref} from "./store.js";

/**
 * @typedef {{key: string, label: string, run: (e?: KeyboardEvent) => void, when?: () => boolean, icon?: string, hidden?: boolean}} Key
 *   key: "f", "Ctrl+K", "Shift+Enter", or "" for a command without a key
 */

/** Whether keys without Ctrl or Alt do anything outside of fields and lists. */
export const singleKeys = pref("keys", true);

/** The groups in force, the innermost view last. */
export const groups = signal(/** @type {{name: string, keys: Key[]}[]} */ ([]));

/**
 * Puts keys in force while a component is there.
 * @param {string} name heading in the list of keys
 * @param {Key[]} list may be new at each rendering
 */
export function useKeys(name, list) {
	const group = useRef({name, keys: list});
	group.current.keys = list;
	useEffect(() => {
		const mine = group.current;
		groups.value = [...groups.peek(), mine];
		return () => (groups.value = groups.peek().filter((g) => g !== mine));
	}, []);
}

/** Writes a key press as the lists have it. @param {KeyboardEvent} e */
function name(e) {
	const key = e.key === " " ? "Space" : e.key.length === 1 ? e.key.toLowerCase() : e.key;
	const shifted = e.shiftKey && (e.key.length > 1 || /[a-z]/i.test(e.key));
	return (e.ctrlKey || e.metaKey ? "Ctrl+" : "") + (e.altKey ? "Alt+" : "") + (shifted ? "Shift+" : "") + key;
}

/** @param {EventTarget|null} target */
export function inField(target) {
	return target instanceof HTMLElement
		&& (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName)
			|| (target instanceof HTMLInputElement && !/^(checkbox|radio|button|range)$/.test(target.type)));
}

/** Whether Space and Enter belong to what has the focus. @param {EventTarget|null} target */
function pressable(target) {
	return target instanceof HTMLElement && target.closest("button, a[href], summary, input, [role=tab], [role=menuitem]") !== null;
}

/**
 * Listens for the page.
 * @param {() => boolean} covered whether something is open over the page, or about to be
 */
export function startKeys(covered) {
	addEventListener("keydown", (e) => {
		if (e.defaultPrevented || e.isComposing) return;
		const pressed = name(e);
		const plain = !/^(Ctrl|Alt)\+/.test(pressed);
		if (plain && inField(e.target)) return;
		if (plain && pressed.length === 1 && !singleKeys.peek() && pressed !== "?") return;
		if ((pressed === "Space" || pressed === "Enter") && pressable(e.target)) return;
		if (covered() || document.querySelector("dialog[open]")) return;
		const all = groups.peek();
		for (let i = all.length - 1; i >= 0; i--) {
			const found = all[i].keys.find((k) => k.key.split(" ").includes(pressed) && (k.when?.() ?? true));
			if (!found) continue;
			e.preventDefault();
			found.run(e);
			return;
		}
	});
}
