// A list of any length with as many rows in the document as fit the window.
//
// Browsers end at some 17 to 33 million pixels. Up to LIMIT the scroll height
// is true; beyond, it is scaled: dragging the thumb is proportional, while
// wheel and keys move by exact rows.
//
//   virtual  0 ────────────── top ───────────────── total × rowHeight
//   scroll   0 ──── scrollTop ───── min(virtual, LIMIT)
import {Component, html} from "../vendor/preact.js";

const LIMIT = 8_000_000;
const OVERSCAN = 4;
const HEAD = 28; // px, stays at the top
const SETTLE = 120; // ms without scrolling after which a drifted thumb is put right

/**
 * One row. It is drawn again only if what it shows has changed.
 * @extends {Component<{item: any, index: number, active: boolean, tick: any, row: any, y: number, offset: number}>}
 */
class Slot extends Component {
	/** @param {any} next */
	shouldComponentUpdate(next) {
		const p = this.props;
		return next.item !== p.item || next.index !== p.index || next.active !== p.active
			|| next.tick !== p.tick || next.y !== p.y || next.row !== p.row;
	}

	render() {
		const {item, index, active, row, y, id, height} = /** @type {any} */ (this.props);
		return html`<div class=${"vrow" + (active ? " active" : "")} id=${`${id}-${index}`} role="row"
			aria-rowindex=${index + 1 + this.props.offset} aria-selected=${active ? "true" : "false"}
			data-index=${index} style=${{top: y + "px", height: height + "px"}}>${row(item, index, active)}</div>`;
	}
}

/**
 * VList props:
 *   total, rowHeight   rows and their height in px
 *   item(i)            row i, or undefined while it is not here; the same object as long as nothing changed
 *   row(item, i, active) draws the cells of a row
 *   tick               drawn again when it changes (version of the pages, selected row …)
 *   label              accessible name
 *   active, onActive(i)   the chosen row; -1 is none
 *   onOpen(i)          Enter or double click
 *   onRange(first, last)  what is in the window
 *   follow, onFollow(bool)  stay at the end; scrolling up ends it
 *   header             cells of the head, which stays at the top
 *   columns            their number
 *   start              row to begin at (restored scroll)
 *   onScrolled(row, atEnd)  first row in the window, with its fraction, for remembering
 *   control            gets {toIndex(i), toEnd(), focus(), first()} through its current
 *   ticks              [0…1] positions marked at the scroll bar
 *   fit                no taller than its rows, and than this many px
 *   role               "grid" (default) or "listbox"
 */
export class VList extends Component {
	static serial = 0;

	constructor(props) {
		super(props);
		this.top = 0; // first visible pixel of the virtual list
		this.height = 0;
		this.origin = 0; // of the rows in the scroll content: scrollTop - top where scaled
		this.lastScroll = 0;
		this.ours = -1; // a scroll position we set ourselves
		this.view = null;
		this.setView = (el) => (this.view = el);
		this.id = "v" + ++VList.serial;
		/** @type {ReturnType<typeof setTimeout>|undefined} */
		this.settle = undefined;
		this.started = false;
		this.onScroll = this.onScroll.bind(this);
		this.onKey = this.onKey.bind(this);
		this.onClick = this.onClick.bind(this);
		this.onDouble = this.onDouble.bind(this);
	}

	virtual() {
		return this.props.total * this.props.rowHeight;
	}

	scaled() {
		return Math.min(this.virtual(), LIMIT);
	}

	maxTop() {
		return Math.max(0, this.virtual() - this.height);
	}

	componentDidMount() {
		const view = /** @type {HTMLElement} */ (this.view);
		this.height = this.window();
		this.observer = new ResizeObserver(() => {
			if (this.window() === this.height) return;
			this.height = this.window();
			if (this.props.follow) this.top = this.maxTop();
			this.place();
			this.forceUpdate();
		});
		this.observer.observe(view);
		if (this.props.control) this.props.control.current = this.handle();
		this.begin();
		this.forceUpdate();
	}

	componentDidUpdate() {
		if (this.props.control) this.props.control.current = this.handle();
		this.begin();
		if (this.props.follow && Math.abs(this.top - this.maxTop()) > 0.5) {
			this.top = this.maxTop();
			this.place();
			this.forceUpdate();
			return;
		}
		if (this.top > this.maxTop()) {
			this.top = this.maxTop();
			this.place();
			this.forceUpdate();
			return;
		}
		this.place(true);
	}

	/** Goes once to where the list was left, as soon as it is that long. */
	begin() {
		if (this.started || this.props.total === 0 || this.height === 0) return;
		this.started = true;
		if (this.props.start > 0) {
			this.top = Math.min(this.props.start * this.props.rowHeight, this.maxTop());
			this.place();
			this.forceUpdate();
		}
	}

	componentWillUnmount() {
		this.observer?.disconnect();
		clearTimeout(this.settle);
	}

	handle() {
		return {
			toIndex: (i, where) => this.reveal(i, where),
			toEnd: () => this.scrollTo(this.maxTop()),
			focus: () => this.view?.focus({preventScroll: true}),
			first: () => Math.floor(this.top / this.props.rowHeight),
			page: () => Math.max(1, Math.floor(this.height / this.props.rowHeight) - 1),
			atEnd: () => this.top >= this.maxTop() - 2,
		};
	}

	/**
	 * Puts the scroll position where top says.
	 * @param {boolean} [lazily] only if the two are apart for no reason of the scaling
	 */
	place(lazily) {
		const view = this.view;
		if (!view) return;
		const range = this.scaled() - this.height;
		const want = this.virtual() <= LIMIT ? this.top : this.maxTop() === 0 ? 0 : this.top / this.maxTop() * range;
		if (lazily && (this.virtual() > LIMIT || Math.abs(view.scrollTop - want) < 1)) return;
		const to = Math.round(want);
		if (Math.abs(view.scrollTop - to) >= 1) {
			view.scrollTop = to;
			this.ours = view.scrollTop;
		}
		this.lastScroll = view.scrollTop;
		this.origin = view.scrollTop - this.top;
	}

	/** @param {number} top */
	scrollTo(top) {
		this.top = Math.max(0, Math.min(top, this.maxTop()));
		this.place();
		this.moved();
	}

	/**
	 * Scrolls no further than it takes to see row i, or with "center" puts it
	 * in the middle when it is out of sight.
	 * @param {number} i
	 * @param {"center"|"start"} [where]
	 */
	reveal(i, where) {
		const h = this.props.rowHeight, y = i * h;
		if (where === "start") return this.scrollTo(y);
		if (y >= this.top && y + h <= this.top + this.height) return;
		if (where === "center") return this.scrollTo(y - (this.height - h) / 2);
		this.scrollTo(y < this.top ? y : y + h - this.height);
	}

	onScroll() {
		const view = this.view;
		if (!view) return; // gone meanwhile
		const at = view.scrollTop;
		const delta = at - this.lastScroll;
		this.lastScroll = at;
		if (at === this.ours) {
			this.ours = -1;
			return;
		}
		this.ours = -1;
		if (delta === 0) return;
		if (this.virtual() <= LIMIT) {
			this.top = at;
			this.origin = 0;
		} else {
			this.scaledScroll(at, delta);
		}
		this.moved();
	}

	/** @param {number} at @param {number} delta */
	scaledScroll(at, delta) {
		const range = this.scaled() - this.height;
		if (Math.abs(delta) < 2 * this.height && at > 0 && at < range - 1) {
			this.top = Math.max(0, Math.min(this.top + delta, this.maxTop()));
		} else if (Math.abs(delta) < 2 * this.height) {
			this.top = Math.max(0, Math.min(this.top + delta, this.maxTop()));
			this.place(); // at the edge of the thumb's way, not yet of the list
		} else {
			this.top = at / range * this.maxTop();
		}
		this.origin = this.lastScroll - this.top;
		clearTimeout(this.settle);
		this.settle = setTimeout(() => {
			this.place();
			this.forceUpdate();
		}, SETTLE);
	}

	moved() {
		const atEnd = this.top >= this.maxTop() - 2;
		if (this.props.follow && !atEnd) this.props.onFollow?.(false);
		this.props.onScrolled?.(this.top / this.props.rowHeight, atEnd);
		this.forceUpdate();
	}

	/** @param {KeyboardEvent} e */
	onKey(e) {
		if (e.target !== this.view || e.ctrlKey || e.metaKey || e.altKey) return;
		const {total, active = -1, onOpen} = this.props;
		const page = this.handle().page();
		const from = active < 0 ? Math.floor(this.top / this.props.rowHeight) - 1 : active;
		/** @type {Record<string, number>} */
		const steps = {ArrowDown: from + 1, ArrowUp: active < 0 ? 0 : from - 1, PageDown: from + page, PageUp: from - page, Home: 0, End: total - 1};
		if (e.key in steps) {
			e.preventDefault();
			this.choose(steps[e.key]);
			if (e.key === "End") this.props.onFollow?.(true);
		} else if (e.key === "Enter" && active >= 0) {
			e.preventDefault();
			onOpen?.(active);
		}
	}

	/** @param {number} i */
	choose(i) {
		if (this.props.total === 0) return;
		const to = Math.max(0, Math.min(i, this.props.total - 1));
		this.props.onActive?.(to);
		this.reveal(to);
	}

	/** @param {MouseEvent} e */
	rowOf(e) {
		const el = /** @type {HTMLElement} */ (e.target).closest("[data-index]");
		return el ? Number(/** @type {HTMLElement} */ (el).dataset.index) : -1;
	}

	onClick(e) {
		const i = this.rowOf(e);
		if (i >= 0) this.props.onActive?.(i, e);
	}

	onDouble(e) {
		const i = this.rowOf(e);
		if (i >= 0) this.props.onOpen?.(i);
	}

	render() {
		const {total, rowHeight, item, row, tick, label, active = -1, header, onRange, ticks, columns, class: cls = "", onContext, fit, role = "grid"} = this.props;
		const over = this.virtual() > LIMIT;
		if (!over) this.origin = 0;
		const first = Math.max(0, Math.floor(this.top / rowHeight) - OVERSCAN);
		const last = Math.min(total - 1, Math.ceil((this.top + this.height) / rowHeight) + OVERSCAN);
		if (this.height > 0) onRange?.(first, last);
		const pool = Math.ceil(this.height / rowHeight) + 2 * OVERSCAN + 2; // a row that leaves gives its elements to one that comes
		const rows = [];
		for (let i = first; i <= last; i++) {
			rows.push(html`<${Slot} key=${i % pool} id=${this.id} item=${item(i)} index=${i} active=${i === active} tick=${tick}
				row=${row} y=${i * rowHeight + this.origin} height=${rowHeight} offset=${header ? 1 : 0}/>`);
		}
		const inView = active >= first && active <= last;
		return html`<div class=${"vlist " + cls} style=${fit ? {flex: "none", height: Math.min(total * rowHeight + (header ? HEAD : 0) + 18, fit) + "px"} : undefined}>
			<div class="vview" role=${role} tabindex="0" ref=${this.setView} aria-label=${label}
				aria-rowcount=${total + (header ? 1 : 0)} aria-colcount=${columns} aria-activedescendant=${inView ? `${this.id}-${active}` : undefined}
				onScroll=${this.onScroll} onKeyDown=${this.onKey} onClick=${this.onClick} onDblClick=${this.onDouble} onContextMenu=${onContext}>
				${header && html`<div class="vhead" role="row" aria-rowindex="1" style=${{height: HEAD + "px"}}>${header}</div>`}
				<div class="vsize" role="rowgroup" style=${{height: this.scaled() + "px"}}>${rows}</div>
			</div>
			${ticks?.length > 0 && html`<div class="vticks" aria-hidden="true">${ticks.map((t) => html`<i style=${{top: t * 100 + "%"}}/>`)}</div>`}
		</div>`;
	}

	/** Height of the window on the rows. */
	window() {
		return (this.view?.clientHeight ?? 0) - (this.props.header ? HEAD : 0);
	}
}
