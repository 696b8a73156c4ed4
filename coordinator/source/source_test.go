package source

import "testing"

func TestSource(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:4711":                 "192.0.2.7",
		"[::ffff:192.0.2.7]:4711":        "192.0.2.7",
		"[2001:db8:1:2::3]:4711":         "2001:db8:1:2::/64",
		"[2001:db8:1:2:ffff:1:2:3]:1":    "2001:db8:1:2::/64",
		"[2001:db8:1:3::3]:4711":         "2001:db8:1:3::/64",
		"[fe80::1%eth0]:80":              "fe80::/64",
		"2001:db8:1:2:aaaa:bbbb:cccc:dd": "2001:db8:1:2::/64",
		"pipe":                           "pipe",
	} {
		if got := Proxies(nil).From(remote, []string{"198.51.100.1"}); got != want {
			t.Errorf("source of %s: %s, want %s", remote, got, want)
		}
	}
}

func TestProxies(t *testing.T) {
	proxies, err := ParseProxies([]string{"10.0.0.0/8", "192.0.2.1", "2001:db8::/32"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		remote    string
		forwarded []string
		want      string
	}{
		"one proxy":                   {"10.1.2.3:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"no proxy":                    {"203.0.113.9:1", []string{"198.51.100.1"}, "203.0.113.9"},
		"two proxies":                 {"10.1.2.3:1", []string{"198.51.100.1, 192.0.2.1"}, "198.51.100.1"},
		"a forged beginning":          {"10.1.2.3:1", []string{"1.1.1.1, 10.9.9.9, 198.51.100.1, 192.0.2.1"}, "198.51.100.1"},
		"forged in a header before":   {"10.1.2.3:1", []string{"1.1.1.1", "198.51.100.1"}, "198.51.100.1"},
		"the proxy itself":            {"10.1.2.3:1", nil, "10.1.2.3"},
		"no address":                  {"10.1.2.3:1", []string{"1.1.1.1, unknown"}, "10.1.2.3"},
		"empty":                       {"10.1.2.3:1", []string{""}, "10.1.2.3"},
		"all are proxies":             {"10.1.2.3:1", []string{"10.0.0.1, 10.0.0.2"}, "10.0.0.1"},
		"mapped":                      {"[::ffff:10.1.2.3]:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		"IPv6 behind an IPv6 proxy":   {"[2001:db8::1]:1", []string{"2001:dead:1:2::3"}, "2001:dead:1:2::/64"},
		"IPv6 as IPv4's neighbour":    {"192.0.2.1:1", []string{"2001:dead:1:2::3"}, "2001:dead:1:2::/64"},
		"single address, not its net": {"192.0.2.2:1", []string{"198.51.100.1"}, "192.0.2.2"},
	} {
		if got := proxies.From(c.remote, c.forwarded); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	for _, bad := range []string{"", "10.0.0.0/33", "example.com", "10.0.0.0/8,10.0.0.1"} {
		if _, err := ParseProxies([]string{bad}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func FuzzFrom(f *testing.F) {
	proxies, err := ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("10.0.0.1:1", "198.51.100.1, 10.0.0.2")
	f.Add("203.0.113.9:1", "x")
	f.Fuzz(func(t *testing.T, remote, forwarded string) {
		// Who is no proxy is not believed, whatever it sends.
		if direct := Proxies(nil).From(remote, nil); direct != proxies.From(remote, []string{forwarded}) && len(direct) > 3 && direct[:3] != "10." {
			t.Errorf("%q changed its source by %q", remote, forwarded)
		}
	})
}
