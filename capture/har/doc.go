// Package har stands at the far end of the path bytes → mitm → capture → show,
// export, replay: it writes what a tape holds as an HTTP Archive (HAR 1.2) that
// opens in Chrome DevTools with frames and events in it, and reads the archives
// of wiretape and of other tools back into a tape.
//
//	tape ─► survey ─► entry ─► printer ─► log
//	tape ◄─ deck ◄─ own, foreign ◄─ harEntry (spools) ◄─ scanner ◄─ log
//
// Neither way holds a log, an entry or a body in memory.
//
// # What stands where
//
// The fields that other tools know hold what they expect there: whole messages,
// inflated, in _webSocketMessages; the close in _webSocketClose; the events of a
// stream in _eventSourceMessages, beside its whole text; bodies decoded. All
// else stands in one object per entry, _wiretape, which readers must ignore.
// Times in it are nanoseconds in quotes, because JavaScript loses digits of
// larger numbers; t and at count from startNs. A string that is not UTF-8 is
// {"base64": "…"}. With it a log becomes the tape it was made of again, to the
// nanosecond and the byte.
//
//	log._wiretape      v, version; sessions: id, label, startNs, endNs, creator, note, tags
//	entry._wiretape
//	  v, session, exchange, kind, startNs, at, duration, open, cut, client, server
//	  timing           blocked, dns, connect, tls, send, wait; unknown ones left out
//	  sent, received   messages, control, frames, bytes
//	  request          url, method, headers where the entry cannot hold them; proto, trailers, raw (base64)
//	  response         at, proto, trailers, raw; early: at, status, headers
//	  deflate          what was agreed on, for people
//	  frames           what was read of a socket, in order, of four kinds:
//	    a frame        t, dir, op, fin, rsv1…3, mask (hex), len, wire, msg, and where they apply
//	                   first (bytes of payload in this read), head (its size, if longer than need be),
//	                   announced (a length beyond all reason), since, inject, violation, data
//	    its rest       t, dir, more (bytes), data
//	    a gap          t, dir, lost (bytes), frames
//	    other bytes    t, dir, chunk (bytes), data
//	  chunks           what was read of bodies: t, dir (receive, if left out), len, data; or lost
//	  end              by, how, at, code, reason, noNotify, err
//	  lost, fault, note, tags
//
// len is what a frame adds to its message; of a compressed message the last
// frame tells the length of all. wire is the length of head and payload on the
// wire. msg is an index into _webSocketMessages. data, in base64, is the payload
// as on the wire, and there only if the message, or the body, does not hold it
// byte for byte: for control frames, compressed messages, text that is no
// UTF-8, what broke off, and bodies in a content coding.
//
// _wiretape in entries is believed only after log._wiretape, which says that the
// log is ours (HAR 1.2 asks for that).
package har
