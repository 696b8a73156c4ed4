package identity

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/wire"
)

func seal(t *testing.T, id *Identity, info, plain string) []byte {
	t.Helper()
	key, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(id.PayloadKey())
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := hpke.Seal(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(info), []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestCreateAndLoad(t *testing.T) {
	dir := t.TempDir()
	created, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if created.NodeID() != loaded.NodeID() || !bytes.Equal(created.PayloadKey(), loaded.PayloadKey()) {
		t.Error("the loaded keys are not those that were created")
	}
	digest := [32]byte{1, 2, 3}
	if err := wire.VerifyNode(created.NodeKey(), digest, loaded.Sign(digest)); err != nil {
		t.Error(err)
	}
	opened, err := loaded.OpenPayload(seal(t, created, wire.PayloadInfo, "inputs"))
	if err != nil || string(opened) != "inputs" {
		t.Errorf("OpenPayload = %q, %v", opened, err)
	}
	before, _ := os.ReadFile(filepath.Join(dir, NodeFile))
	if _, err := Create(dir); !errors.Is(err, ErrExists) {
		t.Errorf("second Create: %v, want ErrExists", err)
	}
	after, _ := os.ReadFile(filepath.Join(dir, NodeFile))
	if !bytes.Equal(before, after) {
		t.Error("a refused Create changed the node key")
	}
	if shown := fmt.Sprintf("%v %+v %#v %s", loaded, loaded, loaded, loaded); strings.Contains(shown, strings.TrimSpace(string(before))) {
		t.Error("formatting shows the secret key")
	}
}

func TestOpenPayloadRefuses(t *testing.T) {
	dir := t.TempDir()
	id, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	good := seal(t, id, wire.PayloadInfo, "inputs")
	cases := map[string][]byte{
		"another key":  seal(t, other, wire.PayloadInfo, "inputs"),
		"another info": seal(t, id, "SAGE/OTHER/1", "inputs"),
		"truncated":    good[:len(good)-1],
		"empty":        nil,
		"short":        good[:16],
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		cases[fmt.Sprintf("byte %d", i)] = bad
	}
	for name, sealed := range cases {
		if _, err := id.OpenPayload(sealed); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %v, want ErrSealed", name, err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	cases := []struct {
		name    string
		content string
		mode    os.FileMode
	}{
		{"readable by the group", strings.Repeat("11", 32) + "\n", 0o640},
		{"readable by all", strings.Repeat("11", 32) + "\n", 0o604},
		{"zero", strings.Repeat("00", 32) + "\n", 0o600},
		{"the curve's order", "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141\n", 0o600},
		{"no hex", strings.Repeat("xy", 32) + "\n", 0o600},
		{"short", strings.Repeat("11", 31) + "\n", 0o600},
		{"long", strings.Repeat("11", 33) + "\n", 0o600},
		{"empty", "", 0o600},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := Create(dir); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, NodeFile)
			if err := os.WriteFile(path, []byte(c.content), c.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(dir); !errors.Is(err, ErrKeyFile) {
				t.Errorf("%v, want ErrKeyFile", err)
			}
		})
	}
	if _, err := Load(t.TempDir()); !errors.Is(err, ErrMissing) {
		t.Errorf("empty folder: %v, want ErrMissing", err)
	}
}

func TestEnsureKeepsWhatThereIs(t *testing.T) {
	dir := t.TempDir()
	made, err := Ensure(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, PayloadFile)); err != nil {
		t.Fatal(err)
	}
	again, err := Ensure(dir)
	if err != nil || again.NodeID() != made.NodeID() || bytes.Equal(again.PayloadKey(), made.PayloadKey()) {
		t.Errorf("node %t, payload key %t, %v", again.NodeID() == made.NodeID(), bytes.Equal(again.PayloadKey(), made.PayloadKey()), err)
	}
	loaded, err := Load(dir)
	if err != nil || loaded.NodeID() != made.NodeID() || !bytes.Equal(loaded.PayloadKey(), again.PayloadKey()) {
		t.Errorf("loaded %v, %v", loaded, err)
	}
	if err := os.WriteFile(filepath.Join(dir, NodeFile), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Ensure(dir); !errors.Is(err, ErrKeyFile) {
		t.Errorf("a damaged key: %v, want ErrKeyFile", err)
	}
}
