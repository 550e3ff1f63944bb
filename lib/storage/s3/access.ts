/**
 * How an object store is reached: its endpoint, region and credentials, from the environment and the files that the
 * tools of Amazon use.
 *
 * Source: AWS SDKs and Tools Reference Guide, "Configuration and authentication settings".
 *
 * @module
 */
import { FormatError, UnsupportedError } from "../../base/errors.ts";
import { checkEndpoint } from "./address.ts";

/** Who asks. */
export interface Credentials {
  /** The key's name. */
  readonly accessKeyId: string;
  /** The secret. */
  readonly secretAccessKey: string;
  /** Of credentials that end after a while. */
  readonly sessionToken: string | undefined;
}

/** How an object store is reached. */
export interface S3Access {
  /** The server, where it is not Amazon's. */
  readonly endpoint: string | undefined;
  /** The region. */
  readonly region: string;
  /** Undefined: anonymous. */
  readonly credentials: Credentials | undefined;
}

/** What settings are read from; the machine's own by default. */
export interface Surroundings {
  /** A variable of the environment; undefined where it is not set. */
  variable(name: string): string | undefined;
  /** The text of a file; undefined where there is none. */
  file(path: string): string | undefined;
}

const MACHINE: Surroundings = {
  variable: (name) => Deno.env.get(name),
  file(path) {
    try {
      return Deno.readTextFileSync(path);
    } catch (error) {
      const { NotFound, NotADirectory } = Deno.errors;
      if (error instanceof NotFound || error instanceof NotADirectory) return undefined;
      throw error;
    }
  },
};

/** How the store at `location` is reached; `endpoint` goes before what is set elsewhere. */
export function s3Access(location: string, endpoint?: string | null, from: Surroundings = MACHINE): S3Access {
  const variable = (name: string) => readVariable(location, name, from);
  const [accessKeyId, secretAccessKey] = [variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")];
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    const missing = accessKeyId === undefined ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY";
    throw new TypeError(`Cannot reach "${location}": ${missing} is not set beside its counterpart`);
  }
  const own = accessKeyId === undefined || secretAccessKey === undefined
    ? undefined
    : { accessKeyId, secretAccessKey, sessionToken: variable("AWS_SESSION_TOKEN") };
  const region = variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION");
  const server = endpoint ?? variable("AWS_ENDPOINT_URL_S3") ?? variable("AWS_ENDPOINT_URL");
  const isEnough = own !== undefined && region !== undefined;
  const profile = isEnough ? undefined : readProfile(location, variable, own === undefined, from);
  const found = server ?? profile?.get("endpoint_url");
  return {
    endpoint: found === undefined ? undefined : checkEndpoint(found),
    region: region ?? profile?.get("region") ?? "us-east-1",
    credentials: own ?? (profile === undefined ? undefined : credentialsOf(location, profile)),
  };
}

type Settings = ReadonlyMap<string, string>;

function readVariable(location: string, name: string, from: Surroundings): string | undefined {
  try {
    const value = from.variable(name);
    return value === "" ? undefined : value;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new Deno.errors.NotCapable(
      `Cannot reach "${location}": no permission to read ${name}; run with '--allow-env=AWS_*,HOME,USERPROFILE'`,
      { cause: error },
    );
  }
}

/** What the two files say of the profile in use. `isNeeded`: without them there are no credentials. */
function readProfile(
  location: string,
  variable: (name: string) => string | undefined,
  isNeeded: boolean,
  from: Surroundings,
): Settings {
  const home = variable("HOME") ?? variable("USERPROFILE"), folder = home === undefined ? undefined : `${home}/.aws`;
  const chosen = variable("AWS_PROFILE"), name = chosen ?? "default";
  const read = (path: string | undefined): string => {
    if (path === undefined) return "";
    try {
      return from.file(path) ?? "";
    } catch (error) {
      if (!(error instanceof Deno.errors.NotCapable)) throw error;
      if (!isNeeded) return "";
      throw new Deno.errors.NotCapable(
        `Cannot reach "${location}": no permission to read "${path}"; run with --allow-read=${path}, ` +
          "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        { cause: error },
      );
    }
  };
  const paths = {
    credentials: variable("AWS_SHARED_CREDENTIALS_FILE") ?? (folder && `${folder}/credentials`),
    config: variable("AWS_CONFIG_FILE") ?? (folder && `${folder}/config`),
  };
  const keys = sections(read(paths.credentials)).get(name), config = sections(read(paths.config));
  const settings = config.get(`profile ${name}`) ?? (name === "default" ? config.get(name) : undefined);
  if (chosen !== undefined && isNeeded && keys === undefined && settings === undefined) {
    throw new FormatError(
      `Cannot reach "${location}": the profile "${name}" (AWS_PROFILE) is neither in "${paths.credentials}" nor in ` +
        `"${paths.config}"`,
      { source: location },
    );
  }
  return new Map([...settings ?? [], ...keys ?? []]);
}

function credentialsOf(location: string, profile: Settings): Credentials | undefined {
  const accessKeyId = profile.get("aws_access_key_id"), secretAccessKey = profile.get("aws_secret_access_key");
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, sessionToken: profile.get("aws_session_token") };
  }
  const other = [...profile.keys()].find((name) => /^(role_arn|sso_|credential_process|web_identity_)/.test(name));
  if (other === undefined) return undefined;
  throw new UnsupportedError(
    `Cannot reach "${location}": the profile gets its credentials by ${other}, which anncat does not; ` +
      'give them by eval "$(aws configure export-credentials --format env)"',
    { source: location },
  );
}

/** The sections of an INI file by name. Lines that are indented belong to the setting above them. */
function sections(text: string): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const [, title] = /^\[\s*([^\]]*?)\s*\]/.exec(line) ?? [];
    const [, name, value] = /^([^\s=#;][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (title !== undefined) {
      section = found.get(title) ?? new Map();
      found.set(title.replace(/\s+/g, " "), section);
    } else if (name !== undefined && value !== undefined) section?.set(name.toLowerCase(), value);
  }
  return found;
}
