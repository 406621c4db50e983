package wire_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// compare holds what the tape has of a conversation against the bytes that
// were sent: the heads line by line, and of sockets the frames bit by bit. It
// returns what the tape says in a line.
func (r *recorder) compare(name string, tape []map[string]any, s sight) string {
	r.Helper()
	all := exchanges(tape, s)
	if len(all) == 0 {
		r.Errorf("%s: not on the tape", name)
		return ""
	}
	if all[0]["proto"] == "HTTP/2.0" {
		return summary(all[0])
	}
	rows := r.read("show", strconv.Itoa(int(all[0]["id"].(float64))), "--frames")
	sent, afterRequest, _ := strings.Cut(s.clientSent, "\r\n\r\n")
	answered, afterResponse := finalHead(s.originSent)
	for _, side := range []struct{ name, raw string }{{"request", sent}, {"response", answered}} {
		on, _ := rows[0][side.name].(map[string]any)
		if side.raw == "" || side.name == "response" && (rows[0]["status"] == 0.0 || rows[0]["status"] == 502.0) {
			continue
		}
		if want, got := fieldLines(side.raw), fmt.Sprint(on["headers"]); want != got {
			r.Errorf("%s: the tape has the %s %s\nsent %s", name, side.name, got, want)
		}
	}
	var lines []string
	for _, ex := range all {
		lines = append(lines, summary(ex))
	}
	if len(all) > 1 && len(slices.Compact(slices.Clone(lines))) == 1 {
		lines = []string{fmt.Sprintf("%d × %s", len(all), lines[0])}
	}
	if all[0]["kind"] == "websocket" {
		for dir, want := range map[string]string{"send": afterRequest, "receive": afterResponse} {
			if got := framesOf(rows[1:], dir, want); got != want {
				r.Errorf("%s: the frames on the tape (%s) are %.300q\nsent %.300q", name, dir, got, want)
			}
		}
		lines[0] += violations(append(rows, r.read("show", fmt.Sprint(all[0]["id"]))...))
	}
	return strings.Join(lines, " + ")
}

// violations lists the broken rules that stand in rows, each once.
func violations(rows []map[string]any) string {
	var s string
	for _, row := range rows {
		if row["violation"] == nil {
			continue
		}
		if v := fmt.Sprintf(", %q", row["violation"]); !strings.Contains(s, v) {
			s += v
		}
	}
	return s
}

// finalHead cuts what a server sent at the head that is not informational.
func finalHead(sent string) (head, rest string) {
	for {
		head, rest, _ = strings.Cut(sent, "\r\n\r\n")
		if !strings.HasPrefix(head, "HTTP/1.1 1") || strings.HasPrefix(head, "HTTP/1.1 101") {
			return head, rest
		}
		sent = rest
	}
}

// fieldLines prints the fields of a head as those of the tape are printed.
func fieldLines(head string) string {
	fields := []any{}
	for _, line := range strings.Split(head, "\r\n")[1:] {
		name, value, _ := strings.Cut(line, ":")
		// JSON has no bytes that are not UTF-8.
		fields = append(fields, []any{name, strings.ToValidUTF8(strings.Trim(value, " "), "\uFFFD")})
	}
	return fmt.Sprint(fields)
}

// framesOf puts the bytes of one direction together again from its frames. How
// a length was written is not in the rows; sent has it.
func framesOf(rows []map[string]any, dir, sent string) string {
	var b strings.Builder
	for _, row := range rows {
		if row["dir"] != dir {
			continue
		}
		first := byte(row["opcode"].(float64)) | byte(row["rsv"].(float64))<<4
		if row["fin"] == true {
			first |= 0x80
		}
		size := int(row["head"].(float64))
		at := b.Len()
		if at+size > len(sent) || sent[at] != first || sent[at+1]&0x80 != 0 != (row["masked"] == true) {
			return b.String() + fmt.Sprintf(" and a frame that was not sent: %v", row)
		}
		payload, _ := base64.StdEncoding.DecodeString(fmt.Sprint(row["base64"]))
		if row["masked"] == true {
			key := sent[at+size-4 : at+size]
			for i := range payload {
				payload[i] ^= key[i%4]
			}
		}
		b.WriteString(sent[at:at+size] + string(payload))
	}
	return b.String()
}
