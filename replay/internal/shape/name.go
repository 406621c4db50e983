package shape

import (
	"bytes"
	"strings"
)

// Role is what the name of a field says about its values.
type Role uint8

// The roles of names.
const (
	NoRole     Role = iota
	Request         // made for one message, to tell its answer by: req_id, nonce
	Top             // the same where it stands at the top of a message: id, ref, seq
	Credential      // token, password
	Signature       // sign, hmac
	Clock           // ts, timestamp
	ID              // ends in id: an id of one message, or of a thing that lasts
)

// roles lists names in lower case without separators.
var roles = roleTable()

func roleTable() map[string]Role {
	roles := map[string]Role{}
	add := func(r Role, names string) {
		for n := range strings.FieldsSeq(names) {
			roles[n] = r
		}
	}
	add(Request, `reqid requestid rid correlationid corrid corrrelid msgid messageid invocationid joinref nonce clordid
		clientorderid newclientorderid newclordid clientoid orderlinkid cloid clientmsgid clientmessageid clientrequestid
		idempotencykey eventid traceid spanid traceparent localid tempid requestuuid callid reqno
		packetid deliveryid clientidentifier clientmutationid clientref clientreference receipt receiptid tag tranid xrequestid xcorrelationid`)
	add(Top, `id ref seq sn mid tid cid no num n ack uuid guid txid transactionid replyto inreplyto requestseq`)
	add(Credential, `token accesstoken refreshtoken idtoken authtoken sessiontoken jwt apikey xapikey passphrase passcode password passwd
		pwd secret clientsecret authorization auth bearer listenkey sessionid sid ticket csrf csrftoken xsrf xsrftoken cookie
		credential credentials connectiontoken otp key_ apisecret signedtoken cachebuster`)
	add(Signature, `sign signature sig hmac mac signed xsig xsignature apisig`)
	add(Clock, `ts time timestamp date expires expiresat exp exptime expiretime expirytime intime outtime sentat createdat
		updatedat clienttime servertime localtime clientts sendtime reqtime requesttime now epoch deadline t`)
	return roles
}

// RoleOf returns what a name says.
func RoleOf(name string) Role {
	var buf [64]byte
	n := fold(buf[:0], name)
	if r, ok := roles[string(n)]; ok {
		return r
	}
	switch {
	case bytes.HasSuffix(n, []byte("timestamp")), bytes.HasSuffix(n, []byte("time")), strings.HasSuffix(name, "_at"),
		strings.HasSuffix(name, "At"), strings.HasSuffix(name, "_ts"), strings.HasSuffix(name, "Ts"):
		return Clock
	case bytes.HasSuffix(n, []byte("signature")):
		return Signature
	case bytes.HasSuffix(n, []byte("token")), bytes.HasSuffix(n, []byte("nonce")):
		return Credential
	case strings.HasSuffix(name, "Id"), strings.HasSuffix(name, "ID"), strings.HasSuffix(name, "_id"),
		strings.HasSuffix(name, "-id"), strings.HasSuffix(name, "uuid"), strings.HasSuffix(name, "Uuid"),
		strings.HasSuffix(name, "Ref"), strings.HasSuffix(name, "_ref"), string(n) == "id":
		return ID
	}
	return NoRole
}

// fold appends a name in lower case and without its separators.
func fold(dst []byte, name string) []byte {
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '_' || c == '-' || c == '.' || c == ' ' || c == '@':
		case c >= 'A' && c <= 'Z':
			dst = append(dst, c+'a'-'A')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// discriminators are names whose values tell what kind of message it is: by
// what it does (true), or by what it is about.
var discriminators = map[string]bool{
	"op": true, "event": true, "type": true, "method": true, "action": true, "cmd": true, "command": true,
	"kind": true, "msgtype": true, "messagetype": true, "fn": true, "func": true, "function": true, "verb": true,
	"operation": true, "request": true, "eventtype": true, "operationname": true, "rpc": true, "procedure": true,
	"target": true, "call": true, "msg": true, "t": true, "e": true, "o": true, "req": true, "packet": true,
	"channel": false, "stream": false, "topic": false, "sub": false, "name": false,
}

// Discriminator reports whether a field of that name tells kinds of message
// apart, and whether it does so by what a message does.
func Discriminator(name string) (kind, verb bool) {
	var buf [64]byte
	verb, kind = discriminators[string(fold(buf[:0], name))]
	return kind, verb
}
