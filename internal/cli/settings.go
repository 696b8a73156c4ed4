package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// Load layers settings into a struct of type S, whose fields carry `koanf:"name"` tags: defaults,
// then the TOML file (a missing one is fine unless the caller named it), then environment variables
// SAGE_<NAME>, then flags that were set. A setting "min-price" is the flag --min-price, the key
// min-price in the file and SAGE_MIN_PRICE in the environment. Lists are separated by commas or blanks in
// the environment. Unknown keys in the file are refused.
func Load[S any](defaults S, path string, named bool, flags *pflag.FlagSet) (S, error) {
	return loadAs(defaults, "", path, named, flags)
}

// loadAs is Load for a role: of its own settings the variables are SAGE_<ROLE>_<NAME>, so that one
// environment serves several programs, whose settings of one name mean different things.
func loadAs[S any](defaults S, role, path string, named bool, flags *pflag.FlagSet) (S, error) {
	var out S
	k := koanf.New(".")
	if err := k.Load(structs.Provider(defaults, "koanf"), nil); err != nil {
		return out, err
	}
	known, lists := map[string]bool{}, map[string]bool{}
	for _, key := range k.Keys() {
		known[key] = true
		_, lists[key] = k.Get(key).([]string)
	}
	if path != "" {
		fileSettings := koanf.New(".")
		err := fileSettings.Load(file.Provider(path), toml.Parser())
		switch {
		case errors.Is(err, fs.ErrNotExist) && !named:
		case err != nil:
			return out, Usage("configuration %s: %w", path, err)
		default:
			for _, key := range fileSettings.Keys() {
				if !known[key] {
					return out, Usage("configuration %s: unknown setting %q; known are %s", path, key, strings.Join(k.Keys(), ", "))
				}
			}
			if err := k.Merge(fileSettings); err != nil {
				return out, err
			}
		}
	}
	common, err := commonKeys()
	if err != nil {
		return out, err
	}
	environment := env.Provider(".", env.Opt{Prefix: "SAGE_", TransformFunc: func(name, value string) (string, any) {
		key := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, "SAGE_")), "_", "-")
		if own, ok := strings.CutPrefix(key, role+"-"); role != "" && ok && known[own] && !common[own] {
			key = own
		} else if role != "" && !common[key] {
			return "", nil
		}
		if !known[key] {
			return "", nil
		}
		if lists[key] {
			return key, strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
		}
		return key, value
	}})
	if err := k.Load(environment, nil); err != nil {
		return out, err
	}
	if flags != nil {
		set := pflag.NewFlagSet("set", pflag.ContinueOnError)
		flags.Visit(func(f *pflag.Flag) {
			if known[f.Name] {
				set.AddFlag(f)
			}
		})
		if err := k.Load(posflag.Provider(set, ".", k), nil); err != nil {
			return out, err
		}
	}
	if err := k.UnmarshalWithConf("", &out, koanf.UnmarshalConf{Tag: "koanf"}); err != nil {
		return out, Usage("configuration: %w", err)
	}
	return out, nil
}

// commonKeys are the settings that mean the same in all programs.
func commonKeys() (map[string]bool, error) {
	k := koanf.New(".")
	if err := k.Load(structs.Provider(Common{}, "koanf"), nil); err != nil {
		return nil, err
	}
	keys := map[string]bool{}
	for _, key := range k.Keys() {
		keys[key] = true
	}
	return keys, nil
}

// LoadRole is Load with the configuration file of a role: the one that --config names, else config.toml
// in the role's folder of the home that flag or environment name. Settings that are not of Common are
// SAGE_<ROLE>_<NAME> in the environment. flags are a command's, with those of AddCommon.
func LoadRole[S any](defaults S, common Common, role string, flags *pflag.FlagSet) (S, error) {
	path, err := flags.GetString("config")
	if err != nil {
		return defaults, err
	}
	named := path != ""
	if !named {
		home := common.Home
		if h, err := flags.GetString("home"); err == nil && flags.Changed("home") {
			home = h
		}
		path = filepath.Join(home, role, "config.toml")
	}
	return loadAs(defaults, role, path, named, flags)
}

// Effective prints settings for `config show`: one per line, in order; those whose name ends in
// key, token, secret or password are hidden.
func Effective[S any](settings S) (map[string]any, error) {
	k := koanf.New(".")
	if err := k.Load(structs.Provider(settings, "koanf"), nil); err != nil {
		return nil, err
	}
	out := k.All()
	for key := range out {
		for _, secret := range []string{"key", "token", "secret", "password"} {
			if strings.HasSuffix(key, secret) {
				out[key] = "(hidden)"
			}
		}
	}
	return out, nil
}

// Common are the settings of all three programs. A settings struct embeds it with the tag
// `koanf:",flatten,squash"`.
type Common struct {
	Network      string `koanf:"network"`       // profile name or path
	Home         string `koanf:"home"`          // folder of Home
	PasswordFile string `koanf:"password-file"` // file that holds the wallet's password
	LogLevel     string `koanf:"log-level"`     // debug, info, warn, error
	LogFormat    string `koanf:"log-format"`    // text or json
	JSON         bool   `koanf:"json"`          // results as JSON
}

// CommonDefaults for a home folder.
func CommonDefaults() (Common, error) {
	h, err := DefaultHome()
	return Common{Network: "devnet", Home: string(h), LogLevel: "info", LogFormat: "text"}, err
}

// AddCommon adds the flags of Common to a root command's persistent flags.
func AddCommon(flags *pflag.FlagSet, d Common) {
	flags.String("network", d.Network, "network profile: a name, or the path of a profile file (SAGE_NETWORK)")
	flags.String("home", d.Home, "folder for keys, databases and profiles (SAGE_HOME)")
	flags.String("password-file", "", "file with the wallet's password, mode 0600 (SAGE_PASSWORD_FILE)")
	flags.String("log-level", d.LogLevel, "debug, info, warn or error")
	flags.String("log-format", d.LogFormat, "text or json")
	flags.Bool("json", false, "print results as JSON")
	flags.String("config", "", "configuration file (default: config.toml in the role's folder)")
}

// CheckPrivate refuses a secret file that others can read.
func CheckPrivate(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return Hint(fmt.Errorf("%s is readable by others (mode %04o)", path, perm), "run: chmod 600 %s", path)
	}
	return nil
}
