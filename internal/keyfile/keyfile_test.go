package keyfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/internal/privatefile"
)

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if _, err := Read(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	key := [32]byte{1, 31: 2}
	if err := Create(path, key); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(path); err != nil || got != key {
		t.Errorf("read back %x, %v", got, err)
	}
	if err := Create(path, [32]byte{3}); !errors.Is(err, privatefile.ErrExists) {
		t.Errorf("written over: %v", err)
	}
	for name, content := range map[string]string{
		"empty": "", "short": "abc", "no hex": strings.Repeat("g", 64), "two lines": strings.Repeat("0", 63) + "\n", "half": strings.Repeat("0", 62),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); !errors.Is(err, privatefile.ErrMode) {
		t.Errorf("readable by others: %v", err)
	}
}

func TestSecp256k1(t *testing.T) {
	var order [32]byte
	for i := range order {
		order[i] = 0xff
	}
	for _, bad := range [][32]byte{{}, order} {
		if _, err := Secp256k1(bad); !errors.Is(err, ErrFormat) {
			t.Errorf("%x: %v", bad, err)
		}
	}
	if key, err := Secp256k1([32]byte{31: 1}); err != nil || key.Serialize()[31] != 1 {
		t.Errorf("%v, %v", key, err)
	}
}
