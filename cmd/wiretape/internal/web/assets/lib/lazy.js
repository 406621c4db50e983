// Parts that come when they are first shown.
import {html, useEffect, useState} from "../vendor/preact.js";
import {unanswered} from "./api.js";
import {ErrorState} from "./empty.js";

/** What to say of a module that did not come. @param {any} err @returns {any} */
export const notLoaded = (err) => (err instanceof TypeError ? unanswered() : err);

/**
 * @param {() => Promise<any>} load
 * @param {string} [name] of the export
 */
export function lazy(load, name = "default") {
	/** @type {any} */
	let Part = null;
	const take = () => load().then((module) => { Part = module[name]; });
	/** @param {any} props */
	const View = (props) => {
		const [error, fail] = useState(/** @type {any} */ (null));
		const [, arrived] = useState(false);
		const ask = () => take().then(() => { fail(null); arrived(true); }, (err) => fail(notLoaded(err)));
		useEffect(() => {
			if (!Part) ask();
		}, []);
		if (error) return html`<${ErrorState} error=${error} what="A part of the page is not loaded" retry=${ask}/>`;
		return Part && html`<${Part} ...${props}/>`;
	};
	return Object.assign(View, {ahead: () => take().catch(() => {})});
}
