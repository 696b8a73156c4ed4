package validator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/sage-network/sage-node/internal/privatefile"
)

// FileCursor is a Cursor in a file: one decimal number.
type FileCursor struct {
	path string

	mu    sync.Mutex
	saved uint64
	known bool
}

// NewFileCursor keeps the cursor at path. Deleting the file makes the validator follow the chain
// from its beginning again; nothing else is lost.
func NewFileCursor(path string) *FileCursor { return &FileCursor{path: path} }

// Load implements Cursor; 0 when nothing was saved yet.
func (c *FileCursor) Load() (uint64, error) {
	b, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("validator: read cursor: %w", err)
	}
	block, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("validator: %s holds no block number; delete it to follow the chain from its beginning: %w", c.path, err)
	}
	return block, nil
}

// Save implements Cursor. The file is replaced as a whole.
func (c *FileCursor) Save(block uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known && c.saved == block {
		return nil
	}
	if err := privatefile.Write(c.path, []byte(strconv.FormatUint(block, 10)+"\n")); err != nil {
		return fmt.Errorf("validator: save cursor: %w", err)
	}
	c.saved, c.known = block, true
	return nil
}
