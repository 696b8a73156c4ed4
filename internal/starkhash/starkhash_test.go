package starkhash

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/NethermindEth/juno/core/felt"
	"pgregory.net/rapid"
)

// vectors is testdata/vectors.json, whose first field names its origin.
type vectors struct {
	Poseidon, Pedersen []struct{ X, Y, Hash felt.Felt }
	PoseidonMany       []struct {
		Elements []felt.Felt
		Hash     felt.Felt
	} `json:"poseidon_many"`
	Selectors []struct {
		Name     string
		Selector felt.Felt
	}
	Signatures []struct {
		Key                string
		Public, Hash, R, S felt.Felt
	}
	Addresses []struct {
		Deployer, Salt, Class felt.Felt
		Calldata              []felt.Felt
		Address               felt.Felt
	}
	TypedData []struct {
		Account     felt.Felt
		Type        string
		TypeHash    felt.Felt `json:"type_hash"`
		DomainHash  felt.Felt `json:"domain_hash"`
		StructHash  felt.Felt `json:"struct_hash"`
		MessageHash felt.Felt `json:"message_hash"`
	} `json:"typed_data"`
}

func loadVectors(t *testing.T) (v vectors) {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func same(t *testing.T, what string, got, want felt.Felt) {
	t.Helper()
	if !got.Equal(&want) {
		t.Errorf("%s: got %s, want %s", what, got.String(), want.String())
	}
}

func TestHashVectors(t *testing.T) {
	v := loadVectors(t)
	if len(v.Poseidon) == 0 || len(v.PoseidonMany) == 0 || len(v.Selectors) == 0 || len(v.Addresses) == 0 {
		t.Fatal("the vectors are incomplete")
	}
	for _, c := range v.Poseidon {
		same(t, "Poseidon", Poseidon(c.X, c.Y), c.Hash)
	}
	for _, c := range v.Pedersen {
		same(t, "Pedersen", Pedersen(c.X, c.Y), c.Hash)
	}
	for _, c := range v.PoseidonMany {
		same(t, fmt.Sprintf("PoseidonMany of %d", len(c.Elements)), PoseidonMany(c.Elements...), c.Hash)
	}
	for _, c := range v.Selectors {
		same(t, "Selector "+c.Name, Selector(c.Name), c.Selector)
	}
	for _, c := range v.Addresses {
		same(t, "ContractAddress", ContractAddress(c.Deployer, c.Salt, c.Class, c.Calldata...), c.Address)
	}
}

func TestSpongeInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfN(rapid.Uint64(), 0, 12).Draw(t, "elements")
		elements := make([]felt.Felt, len(numbers))
		for i, n := range numbers {
			elements[i] = Uint64(n)
		}
		cut := rapid.IntRange(0, len(elements)).Draw(t, "cut")
		var h Sponge
		h.Write(elements[:cut]...)
		prefix := h.Sum()
		h.Write(elements[cut:]...)
		whole, want, wantPrefix := h.Sum(), PoseidonMany(elements...), PoseidonMany(elements[:cut]...)
		if !whole.Equal(&want) || !prefix.Equal(&wantPrefix) {
			t.Fatalf("a sponge fed in two pieces differs from one fed at once")
		}
	})
}

func TestTypedData(t *testing.T) {
	want := loadVectors(t).TypedData[0]
	job := MustStructType("JobRef", []Member{{"job_id", "u128"}, {"attempt", "u128"}})
	vote := MustStructType("Vote", []Member{
		{"job", "JobRef"}, {"proof_hash", "u256"}, {"verdict", "shortstring"}, {"round", "u128"},
		{"tags", "felt*"}, {"worker", "ContractAddress"}, {"final", "bool"},
	}, job)
	if vote.Encoding() != want.Type {
		t.Errorf("encoding\n got %s\nwant %s", vote.Encoding(), want.Type)
	}
	same(t, "type hash", vote.TypeHash(), want.TypeHash)
	chain := MustShortString("SN_SEPOLIA")
	domain, err := NewDomain("SAGE", "v1", chain)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "domain", domain.Hash(), want.DomainHash)
	proofHash := [32]byte{15: 0xba, 14: 0xdc, 13: 0xfe}
	copy(proofHash[24:], []byte{0x12, 0x34, 0x56, 0x78, 0x90, 0xab, 0xcd, 0xef})
	worker, _ := felt.FromString[felt.Felt]("0x49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7")
	structHash := vote.Hash(job.Hash(Uint64(0x1234), Uint64(2)), HashU256(proofHash), MustShortString("VALID"), Uint64(0),
		HashArray(Uint64(1), Uint64(2), Uint64(3)), worker, Bool(true))
	same(t, "struct hash", structHash, want.StructHash)
	same(t, "message hash", MessageHash(domain, want.Account, structHash), want.MessageHash)

	other := domain
	other.ChainID = MustShortString("SN_MAIN")
	a, b := MessageHash(domain, want.Account, structHash), MessageHash(other, want.Account, structHash)
	if a.Equal(&b) {
		t.Error("the chain id does not enter the message hash")
	}
}

func TestStructTypeRefuses(t *testing.T) {
	inner := MustStructType("Inner", []Member{{"a", "felt"}})
	for name, define := range map[string]func() (*StructType, error){
		"unknown member type": func() (*StructType, error) { return NewStructType("T", []Member{{"a", "Nope"}}) },
		"duplicate member":    func() (*StructType, error) { return NewStructType("T", []Member{{"a", "felt"}, {"a", "felt"}}) },
		"quote in a name":     func() (*StructType, error) { return NewStructType(`T"`, []Member{{"a", "felt"}}) },
		"empty name":          func() (*StructType, error) { return NewStructType("", nil) },
		"basic name":          func() (*StructType, error) { return NewStructType("u128", nil) },
		"preset redefined":    func() (*StructType, error) { return NewStructType("u256", nil) },
		"nested twice":        func() (*StructType, error) { return NewStructType("T", nil, inner, inner) },
		"itself":              func() (*StructType, error) { return NewStructType("Inner", []Member{{"x", "Inner"}}, inner) },
	} {
		if _, err := define(); !errors.Is(err, ErrTypedData) {
			t.Errorf("%s: got %v, want ErrTypedData", name, err)
		}
	}
}

func TestSignVectors(t *testing.T) {
	v := loadVectors(t).Signatures
	if len(v) == 0 {
		t.Fatal("no signatures among the vectors")
	}
	for _, c := range v {
		secret, err := hex.DecodeString(c.Key)
		if err != nil {
			t.Fatal(err)
		}
		key, err := NewPrivateKey(secret)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "public key", key.PublicKey().X(), c.Public)
		sig, err := key.Sign(c.Hash)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "r of "+c.Hash.String(), sig.R, c.R)
		same(t, "s of "+c.Hash.String(), sig.S, c.S)
		if !key.PublicKey().Verify(c.Hash, sig) {
			t.Errorf("the signature of %s does not verify", c.Hash.String())
		}
	}
}

// The example in the documentation of core::ecdsa::check_ecdsa_signature; its public key is G's x.
func TestVerifyCorelibExample(t *testing.T) {
	x := func(s string) felt.Felt { return felt.UnsafeFromString[felt.Felt](s) }
	key, err := NewPublicKey(x("0x1ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfca"))
	if err != nil {
		t.Fatal(err)
	}
	sig := Signature{R: x("0x6ff7b413a8457ef90f326b5280600a4473fef49b5b1dcdfcd7f42ca7aa59c69"), S: x("0x23a9747ed71abc5cb956c0df44ee8638b65b3e9407deade65de62247b8fd77")}
	if !key.Verify(x("0x2d6479c0758efbb5aa07d35ed5454d728637fceab7ba544d3ea95403a5630a8"), sig) {
		t.Error("the published signature does not verify")
	}
}

func TestVerifyRefuses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := drawKey(t)
		hash := Uint64(rapid.Uint64().Draw(t, "hash"))
		sig, err := key.Sign(hash)
		if err != nil {
			t.Fatal(err)
		}
		public := key.PublicKey()
		n := felt.Felt(*new(felt.Felt).SetBigInt(CurveOrder()))
		add := func(a, b felt.Felt) felt.Felt { return *new(felt.Felt).Add(&a, &b) }
		for name, bad := range map[string]Signature{
			"r+1":     {add(sig.R, felt.One), sig.S},
			"s+1":     {sig.R, add(sig.S, felt.One)},
			"s+n":     {sig.R, add(sig.S, n)},
			"r=0":     {felt.Felt{}, sig.S},
			"s=0":     {sig.R, felt.Felt{}},
			"s=n":     {sig.R, n},
			"swapped": {sig.S, sig.R},
		} {
			if public.Verify(hash, bad) {
				t.Fatalf("%s verifies", name)
			}
		}
		if public.Verify(add(hash, felt.One), sig) {
			t.Fatal("another message verifies")
		}
		if other := drawKey(t).PublicKey(); other != public && other.Verify(hash, sig) {
			t.Fatal("another key verifies")
		}
	})
}

func drawKey(t *rapid.T) PrivateKey {
	secret := rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(t, "secret")
	key, err := GenerateKey(bytes.NewReader(append(secret, bytes.Repeat([]byte{1}, 32)...)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestKeyRanges(t *testing.T) {
	n := CurveOrder()
	for name, secret := range map[string][]byte{
		"zero":  make([]byte, 32),
		"n":     n.FillBytes(make([]byte, 32)),
		"n+1":   new(big.Int).Add(n, big.NewInt(1)).FillBytes(make([]byte, 32)),
		"short": make([]byte, 31),
		"max":   bytes.Repeat([]byte{0xff}, 32),
	} {
		if _, err := NewPrivateKey(secret); !errors.Is(err, ErrPrivateKey) {
			t.Errorf("%s: got %v, want ErrPrivateKey", name, err)
		}
	}
	key, err := GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := key.Sign(*new(felt.Felt).SetBigInt(new(big.Int).Lsh(big.NewInt(1), 251))); !errors.Is(err, ErrMessageRange) {
		t.Errorf("a hash of 2^251: got %v, want ErrMessageRange", err)
	}
	if _, err := (PrivateKey{}).Sign(felt.One); !errors.Is(err, ErrPrivateKey) {
		t.Errorf("the zero key signs: %v", err)
	}
	if (PublicKey{}).Verify(felt.One, Signature{felt.One, felt.One}) {
		t.Error("the zero public key verifies")
	}
	for _, x := range []uint64{0, 5} { // 5 is no x-coordinate of the curve
		if _, err := NewPublicKey(Uint64(x)); !errors.Is(err, ErrPublicKey) {
			t.Errorf("public key %d: got %v, want ErrPublicKey", x, err)
		}
	}
}

func TestPrivateKeyHidesItself(t *testing.T) {
	key, err := GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret := key.Secret()
	hexSecret := strings.TrimLeft(hex.EncodeToString(secret[:]), "0")
	decimal := new(big.Int).SetBytes(secret[:]).String()
	type wallet struct {
		Name string
		key  PrivateKey
		Key  *PrivateKey
	}
	w := wallet{"w", key, &key}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "key", key, "wallet", w)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "key", key, "wallet", w)
	text := log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		text += fmt.Sprintf(verb, key) + fmt.Sprintf(verb, w) + fmt.Sprintf(verb, []PrivateKey{key})
	}
	limbs := key.scalar()
	for _, part := range []string{hexSecret, decimal, fmt.Sprint(limbs[0]), fmt.Sprint(limbs[3]), fmt.Sprintf("%x", limbs[1])} {
		if strings.Contains(text, part) {
			t.Fatalf("a print shows the key: %q", text)
		}
	}
	if _, err := json.Marshal(w); err == nil {
		t.Error("JSON serialises a private key")
	}
}

func TestShortStrings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[ -~]{0,31}`).Draw(t, "s")
		f, err := ShortString(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseShortString(f)
		if err != nil || back != s {
			t.Fatalf("%q came back as %q, %v", s, back, err)
		}
	})
	for _, s := range []string{strings.Repeat("a", 32), "é", "a\x00b"} {
		if _, err := ShortString(s); !errors.Is(err, ErrShortString) {
			t.Errorf("%q: got %v, want ErrShortString", s, err)
		}
	}
	if _, err := ParseShortString(Uint64(0x610061)); !errors.Is(err, ErrShortString) {
		t.Errorf("a zero byte inside: got %v", err)
	}
}

func TestU256(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b [32]byte
		copy(b[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "bytes"))
		back, err := JoinU256(SplitU256(b))
		if err != nil || back != b {
			t.Fatalf("%x came back as %x, %v", b, back, err)
		}
	})
	big128 := *new(felt.Felt).SetBigInt(new(big.Int).Lsh(big.NewInt(1), 128))
	for _, halves := range [][2]felt.Felt{{big128, {}}, {{}, big128}} {
		if _, err := JoinU256(halves[0], halves[1]); !errors.Is(err, ErrRange) {
			t.Errorf("a half of 2^128: got %v, want ErrRange", err)
		}
	}
	if _, err := U128(new(big.Int).Lsh(big.NewInt(1), 128)); !errors.Is(err, ErrRange) {
		t.Errorf("2^128: got %v, want ErrRange", err)
	}
	if _, err := U128(big.NewInt(-1)); !errors.Is(err, ErrRange) {
		t.Errorf("-1: got %v, want ErrRange", err)
	}
}
