// Menus close when something else is pressed.
import {useEffect} from "../vendor/preact.js";

/**
 * Calls close when something outside of a box is pressed, as long as it is open.
 * @param {{current: HTMLElement|null}} box
 * @param {() => void} close
 * @param {boolean} [open]
 */
export function useAway(box, close, open = true) {
	useEffect(() => {
		if (!open) return;
		const away = (e) => !box.current?.contains(e.target) && close();
		addEventListener("pointerdown", away);
		return () => removeEventListener("pointerdown", away);
	}, [open]);
}
