// Functions that read the visitor's token and compare identities. The build puts this file in front of `panel.js` and
// `replies.js`, which both use them.

// The visitor's token: from the page's storage or, where that was cleared, from the cookie. Without either there is no
// pair to read it from, and the result is `null`.
const readToken = ({ IDENTITY, read, site }) => {
  try {
    const pair = document.cookie.split("; ").find((part) => part.startsWith(`deskbell_${site}=`));
    return read(IDENTITY)?.token || decodeURIComponent(pair.split("=")[1]);
  } catch {
    return null;
  }
};

// Of a JWT only its claims about the person count: pages sign it again on every load.
const claims = (jwt) => {
  try {
    const { sub, name, email } = JSON.parse(atob(jwt.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
    return { sub, name, email };
  } catch {
    return jwt;
  }
};

// The same text for the same person, whatever the order of the fields and whichever of them are empty.
const personOf = ({ external_id, hash, jwt, name, email }) =>
  JSON.stringify([external_id, hash, jwt && claims(jwt), name, email].map((field) => field || null));

const personId = ({ external_id, jwt }) => external_id || (jwt && claims(jwt).sub);
