// Files that a person chose, on their way to the server.

/** What is wrong with a file before it is sent. */
export class Unusable extends Error {}

/** The bytes as they are: what they mean is for the server to find out. */
export function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => {
      const url = String(reader.result);
      resolve(url.slice(url.indexOf(',') + 1));
    });
    reader.addEventListener('error', () => {
      reject(new Unusable(`${file.name} cannot be read here.`));
    });
    reader.readAsDataURL(file);
  });
}
