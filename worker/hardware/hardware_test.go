package hardware

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/identity"
)

type fakeSource struct {
	name    string
	devices []Device
	err     error
}

func (f fakeSource) Name() string                           { return f.name }
func (f fakeSource) GPUs(context.Context) ([]Device, error) { return f.devices, f.err }

func TestDetectTakesTheFirstAnswer(t *testing.T) {
	h100 := []Device{{Model: "NVIDIA H100", MemoryMB: 81559}}
	broken := errors.New("driver mismatch")
	cases := map[string]struct {
		sources []Source
		source  string
		problem error
	}{
		"first":            {[]Source{fakeSource{"a", h100, nil}, fakeSource{"b", nil, broken}}, "a", nil},
		"second":           {[]Source{fakeSource{"a", nil, ErrNoGPU}, fakeSource{"b", h100, nil}}, "b", nil},
		"second, reported": {[]Source{fakeSource{"a", nil, broken}, fakeSource{"b", h100, nil}}, "b", broken},
		"none":             {[]Source{fakeSource{"a", nil, ErrNoGPU}}, "none", nil},
		"none, reported":   {[]Source{fakeSource{"a", nil, broken}, fakeSource{"b", nil, ErrNoGPU}}, "none", broken},
	}
	for name, c := range cases {
		got := Detect(t.Context(), c.sources...)
		if got.Source != c.source || !errors.Is(got.Problem, c.problem) || (got.Source != "none") != (len(got.Devices) == 1) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestParseSMI(t *testing.T) {
	cases := map[string][]Device{
		"mixed.csv": {
			{Model: "Tesla T4", MemoryMB: 15360, UsedMB: 401, Utilization: 37, TempCelsius: 61},
			{Model: "Tesla T4", MemoryMB: 15360, UsedMB: 3, TempCelsius: 44},
			{Model: "GRID K1", MemoryMB: 4096},
		},
	}
	for file, want := range cases {
		out, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseSMI(out)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", file, got, want)
		}
	}
	for _, none := range []string{"No devices were found\n", "", "\n"} {
		if _, err := ParseSMI([]byte(none)); !errors.Is(err, ErrNoGPU) {
			t.Errorf("%q: %v, want ErrNoGPU", none, err)
		}
	}
	for _, bad := range []string{
		"Tesla T4, 15360, 3\n", "Tesla T4, 15360, 3, 0, 44, 9\n", "Tesla T4, much, 3, 0, 44\n", ", 1, 1, 1, 1\n",
		"Tesla T4, -1, 3, 0, 44\n", "Tesla T4, 99999999999, 3, 0, 44\n", strings.Repeat("T4, 1, 1, 1, 1\n", maxDevices+1),
		strings.Repeat("x", 200) + ", 1, 1, 1, 1\n", "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n",
	} {
		if _, err := ParseSMI([]byte(bad)); !errors.Is(err, ErrSMI) {
			t.Errorf("%.40q: %v, want ErrSMI", bad, err)
		}
	}
}

func TestSMIRunsTheProgram(t *testing.T) {
	dir := t.TempDir()
	script := func(name, body string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	got, err := SMI{Path: script("good", `echo "Tesla T4, 15360, 1, 2, 3"`)}.GPUs(t.Context())
	if err != nil || len(got) != 1 || got[0].Model != "Tesla T4" {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := (SMI{Path: script("bad", "echo broken; exit 9")}).GPUs(t.Context()); !errors.Is(err, ErrSMI) || !strings.Contains(err.Error(), "broken") {
		t.Errorf("%v, want ErrSMI with what it said", err)
	}
	if _, err := (SMI{Path: filepath.Join(dir, "absent")}).GPUs(t.Context()); !errors.Is(err, ErrNoGPU) {
		t.Errorf("%v, want ErrNoGPU", err)
	}
}

func TestModelsAndLoad(t *testing.T) {
	devices := []Device{
		{Model: "Tesla T4", MemoryMB: 15360, UsedMB: 10, Utilization: 5, TempCelsius: 40},
		{Model: "NVIDIA L4", MemoryMB: 23034, UsedMB: 1, Utilization: 90, TempCelsius: 30},
		{Model: "Tesla T4", MemoryMB: 15360, UsedMB: 5, TempCelsius: 50},
	}
	want := []wire.GPU{{Model: "Tesla T4", Count: 2, VRAMGB: 15}, {Model: "NVIDIA L4", Count: 1, VRAMGB: 22}}
	if got := Models(devices); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if u, c, m := Load(devices); u != 90 || c != 50 || m != 16 {
		t.Errorf("load %d %d %d", u, c, m)
	}
	if got := Tier(nil); got != job.TierConsumer {
		t.Errorf("tier without a GPU: %v", got)
	}
	if got := Tier([]Device{{Model: "Tesla T4"}, {Model: "NVIDIA H200"}}); got != job.TierFrontier {
		t.Errorf("tier of a T4 and an H200: %v", got)
	}
}

func TestManifestIsSignedAndDeterministic(t *testing.T) {
	key, err := identity.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c, err := CPU(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c.Cores < 1 || c.Model == "" {
		t.Errorf("this machine's processor: %+v", c)
	}
	d := Description{Wallet: *new(felt.Felt).SetUint64(7), Tier: job.TierConsumer, Region: "eu-west", ClientVersion: "0.1.0"}
	m := Manifest(d, c, nil, key)
	if err := wire.VerifyNode(key.NodeKey(), wire.ManifestDigest(m), m.Signature); err != nil {
		t.Error(err)
	}
	if again := Manifest(d, c, nil, key); !reflect.DeepEqual(again, m) {
		t.Errorf("%+v then %+v", m, again)
	}
	d.Region = "us-east"
	if wire.CapabilityHash(Manifest(d, c, nil, key)) == wire.CapabilityHash(m) {
		t.Error("the capability hash does not cover the region")
	}
}

func FuzzParseSMI(f *testing.F) {
	f.Add([]byte("Tesla T4, 15360, 401, 37, 61\n"))
	f.Add([]byte("GRID K1, 4096, [N/A], [Not Supported], [N/A]\n"))
	f.Fuzz(func(t *testing.T, out []byte) {
		devices, err := ParseSMI(out)
		if err == nil && (len(devices) == 0 || len(devices) > maxDevices) {
			t.Errorf("%d devices and no error", len(devices))
		}
		if err != nil && !errors.Is(err, ErrSMI) && !errors.Is(err, ErrNoGPU) {
			t.Error(err)
		}
	})
}
