// The end of a list that grows: following it, pausing the view, and counting
// what came meanwhile. The viewport moves only while following.
import {useEffect, useRef, useState} from "../vendor/preact.js";
import {announce} from "../lib/a11y.js";

/**
 * @param {import("../lib/pages.js").Pages<any>} pages
 * @param {{grown: number|undefined, counted: boolean, begin: boolean}} how
 *   grown: rows as the feed has them; counted: the server must count, since it
 *   filters or folds; begin: whether to follow at first
 */
export function useTail(pages, {grown, counted, begin}) {
	const [follow, setFollow] = useState(begin);
	const [paused, pause] = useState(/** @type {null|{at: string, total: number, grown: number}} */ (null));
	const left = useRef(0); // rows there were when following ended
	const total = pages.total.value;
	useEffect(() => {
		if (grown === undefined || paused) return;
		if (!counted) pages.grow(grown);
		else if (pages.loaded.peek()) pages.ask(Math.max(0, Math.floor((pages.total.peek() - 1) / pages.size)));
	}, [grown, paused]);
	useEffect(() => {
		left.current = follow ? 0 : left.current || total;
	}, [follow]);
	return {
		follow, setFollow, paused,
		/** Rows to show. */
		shown: paused ? Math.min(paused.total, total) : total,
		/** Rows that came since the view was paused. */
		behind: paused ? (grown ?? total) - paused.grown : 0,
		/** Rows that came since following ended. */
		fresh: !follow && left.current > 0 ? total - left.current : 0,
		goOn: () => pause(null),
		toggle() {
			if (paused) return pause(null);
			pause({at: new Date().toISOString(), total, grown: grown ?? total});
			announce("The view is paused. The recording goes on.");
		},
	};
}
