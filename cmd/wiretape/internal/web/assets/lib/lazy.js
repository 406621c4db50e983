// Parts that come when they are first shown.
import {html, useEffect, useState} from "../vendor/preact.js";
import {ErrorState} from "./empty.js";

/**
 * @param {() => Promise<any>} load
 * @param {string} [name] of the export
 */
export function lazy(load, name = "default") {
	/** @type {any} */
	let Part = null;
	return (/** @type {any} */ props) => {
		const [error, fail] = useState(/** @type {any} */ (null));
		const [, arrived] = useState(false);
		useEffect(() => {
			if (!Part) load().then((module) => { Part = module[name]; arrived(true); }, fail);
		}, []);
		if (error) return html`<${ErrorState} error=${error} what="A part of the page is not loaded"/>`;
		return Part && html`<${Part} ...${props}/>`;
	};
}
