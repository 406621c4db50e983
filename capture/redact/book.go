package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"sync"
)

// book gives each secret its placeholder, and remembers the secrets that are
// worth finding by their value.
type book struct {
	salt []byte

	mu     sync.RWMutex
	number map[string]int
	known  known
}

// placeholder returns the placeholder of a secret; width > 0 makes it exactly
// so many bytes.
func (b *book) placeholder(secret string, width int) string {
	b.mu.Lock()
	n, ok := b.number[secret]
	if !ok {
		if b.number == nil {
			b.number = map[string]int{}
		}
		n = len(b.number) + 1
		b.number[secret] = n
		b.known.learn(secret)
	}
	b.mu.Unlock()
	suffix := strconv.Itoa(n)
	if b.salt != nil {
		mac := hmac.New(sha256.New, b.salt)
		mac.Write([]byte(secret))
		suffix = hex.EncodeToString(mac.Sum(nil)[:4])
	}
	return fit(placeholderMark+"-"+suffix, suffix, width)
}

// fit cuts or fills a placeholder to width. What tells it from others stays as
// long as there is room.
func fit(text, suffix string, width int) string {
	switch {
	case width <= 0 || width == len(text):
		return text
	case width > len(text):
		return text + strings.Repeat("x", width-len(text))
	case width > len(suffix):
		return strings.Repeat("x", width-len(suffix)) + suffix
	}
	return strings.Repeat("x", width)
}

// knownMin is the shortest secret that is looked for by its value, in bytes.
const knownMin = 8

// maxKnown bounds how many secrets are looked for by their values; after that
// they are found by name and pattern alone.
const maxKnown = 1 << 16

// known finds secrets by their values. Each position of a text is hashed with
// the 8 bytes there and looked up in a small filter first.
type known struct {
	filter [1 << 10]uint64 // 65536 bits
	byHead map[string][]string
	count  int
	byByte [256][]string // those of the last recentKnown that begin with a byte, for split ones
	recent []string
}

// recentKnown is how many secrets are looked for in pieces.
const recentKnown = 128

func (k *known) learn(secret string) {
	if !distinct(secret) || k.count >= maxKnown {
		return
	}
	if k.byHead == nil {
		k.byHead = map[string][]string{}
	}
	head := secret[:knownMin]
	k.byHead[head] = append(k.byHead[head], secret)
	h := headHash([]byte(head))
	k.filter[h>>6] |= 1 << (h & 63)
	k.count++
	k.recent = append(k.recent, secret)
	k.byByte[secret[0]] = append(k.byByte[secret[0]], secret)
	if len(k.recent) > recentKnown {
		old := k.recent[0]
		k.recent = k.recent[1:]
		k.byByte[old[0]] = k.byByte[old[0]][1:]
	}
}

// headHash hashes 8 bytes to 16 bits.
func headHash(p []byte) uint32 {
	_ = p[7]
	v := uint64(p[0]) | uint64(p[1])<<8 | uint64(p[2])<<16 | uint64(p[3])<<24 |
		uint64(p[4])<<32 | uint64(p[5])<<40 | uint64(p[6])<<48 | uint64(p[7])<<56
	return uint32(v * 0x9e3779b97f4a7c15 >> 48)
}

// each calls found for each known secret in p, the longest one at each place.
func (b *book) each(p []byte, found func(start, end int)) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	k := &b.known
	if k.count == 0 {
		return
	}
	for i := 0; i+knownMin <= len(p); i++ {
		h := headHash(p[i:])
		if k.filter[h>>6]&(1<<(h&63)) == 0 {
			continue
		}
		longest := 0
		for _, s := range k.byHead[string(p[i:i+knownMin])] {
			if len(s) > longest && len(s) <= len(p)-i && string(p[i:i+len(s)]) == s {
				longest = len(s)
			}
		}
		if longest > 0 {
			found(i, i+longest)
			i += longest - 1
		}
	}
}

// begun returns where in text a secret of late begins that goes on beyond its
// end; len(text) if there is none.
func (b *book) begun(text []byte) int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	longest := 0
	for _, s := range b.known.recent {
		longest = max(longest, len(s))
	}
	for i := max(0, len(text)-longest); i < len(text); i++ {
		for _, s := range b.known.byByte[text[i]] {
			if len(s) > len(text)-i && strings.HasPrefix(s, string(text[i:])) {
				return i
			}
		}
	}
	return len(text)
}

// distinct reports whether a secret is unlike any word, so that it may be
// replaced wherever it stands.
func distinct(s string) bool {
	if len(s) < knownMin || strings.ContainsAny(s, " \t\r\n") {
		return false
	}
	var letter, digit bool
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			letter = true
		case '0' <= c && c <= '9':
			digit = true
		}
	}
	return letter && (digit || len(s) >= 20)
}
