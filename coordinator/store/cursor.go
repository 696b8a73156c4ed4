package store

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// Bounds of a page's length.
const (
	DefaultPage = 50
	MaxPage     = 500
)

// PageLimit applies the default and the bound to a requested length.
func PageLimit(n int) int {
	if n <= 0 {
		return DefaultPage
	}
	return min(n, MaxPage)
}

// EncodeCursor makes a cursor of the last row's key. Cursors are opaque to clients.
func EncodeCursor(key any) string {
	b, err := json.Marshal(key)
	if err != nil {
		panic("store: a cursor's key always encodes: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// DecodeCursor reads what EncodeCursor made.
func DecodeCursor(cursor string, key any) error {
	const maxCursor = 256
	if len(cursor) > maxCursor {
		return fmt.Errorf("%w: %d characters", ErrCursor, len(cursor))
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return fmt.Errorf("%w: %q", ErrCursor, cursor)
	}
	if err := json.Unmarshal(b, key); err != nil {
		return fmt.Errorf("%w: %q", ErrCursor, cursor)
	}
	return nil
}
